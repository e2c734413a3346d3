"""The documentation has to be true: commands exist, links lead somewhere, examples run.

And it has to be whole: a command or an option that ``docs/cli.md`` does not mention fails here.
"""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PURE = ("land", "evidence", "treaty", "assess", "plan")

#: Options that every command has, and that stand for themselves.
COMMON = frozenset({"--help", "--install-completion", "--show-completion"})

#: A prompt, settings of variables and a folder may stand before the command.
COMMAND_LINE = re.compile(r"\s*(?:\$ )?(?:[A-Z_]+=\S* )*(?:[\w./$-]*/)?landrelease\s+(.*)")


def pages() -> list[Path]:
    """List the pages of documentation."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# --- Command lines --------------------------------------------------------------------------------


class Shown(NamedTuple):
    """A command line shown on a page."""

    page: str
    line: int
    words: tuple[str, ...]


def root_command() -> Any:
    """The `landrelease` command as a tree of commands with ``commands`` and ``params``."""
    import typer.main

    from landrelease.cli import app

    return typer.main.get_command(app)


def joined_lines(text: str) -> Iterator[tuple[int, str]]:
    """Give the lines of a text with their numbers, those that end in a backslash joined."""
    start, held = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        start = start if held else number
        if line.rstrip().endswith("\\"):
            held += line.rstrip()[:-1] + " "
            continue
        yield start, held + line
        held = ""


def shown_commands(text: str, page: str) -> Iterator[Shown]:
    """Find the command lines of `landrelease` in fenced blocks and in ``code`` of a page.

    Brackets, bars and dots of a synopsis are taken away: what they hold has to exist as well.
    """
    fenced = False
    for number, line in joined_lines(text):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
            continue
        candidates = [line] if fenced else re.findall(r"`([^`]+)`", line)
        for candidate in candidates:
            match = re.match(
                r"\s*(?:\$ )?(?:[A-Z_]+=\S* )*(?:[\w./$-]*/)?landrelease\s+(.*)", candidate
            )
            if match is None:
                continue
            rest = re.split(r"\s(?:[|>#;]|&&|2>)", " " + match[1])[0]
            rest = re.sub(r"[\[\]()]|…|\.\.\.", " ", rest)
            try:
                words = shlex.split(rest)
            except ValueError as error:
                pytest.fail(f"{page}:{number}: not a command line ({error}): {candidate}")
            yield Shown(page, number, tuple(words))


def wrong_with(command: Any, words: tuple[str, ...]) -> str | None:
    """Say what of a command line does not exist; None when everything does."""
    path = "landrelease"
    left = list(words)
    while left:
        word = left.pop(0)
        if word.startswith("-") and word != "-" and not re.fullmatch(r"-\d.*", word):
            option, _, value = word.partition("=")
            if option in COMMON:
                continue
            known = {n: p for p in command.params for n in [*p.opts, *p.secondary_opts]}
            if option not in known:
                return f"`{path}` has no option {option}"
            takes_value = not (known[option].is_flag or getattr(known[option], "count", False))
            if takes_value and not value and left:
                left.pop(0)
        elif subcommands := getattr(command, "commands", None):
            if word not in subcommands:
                return f"`{path}` has no subcommand {word}"
            command, path = subcommands[word], f"{path} {word}"
    return None


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Walk through all commands, groups included."""
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        if not child.hidden:
            yield from leaves(child, (*path, name))


@pytest.fixture(scope="module")
def command() -> Any:
    return root_command()


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_commands_on_the_page_exist(page: Path, command: Any) -> None:
    wrong = [
        f"{shown.page}:{shown.line}: {problem}"
        for shown in shown_commands(page.read_text(encoding="utf-8"), name_of(page))
        if (problem := wrong_with(command, shown.words))
    ]
    assert not wrong, "\n".join(wrong)


def test_readme_and_walkthrough_show_commands() -> None:
    """The finder finds: the pages that consist of commands have some."""
    for name in ("README.md", "docs/walkthrough.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert list(shown_commands(text, name)), f"{name} shows no command line"


def sections_of(text: str) -> dict[str, str]:
    """Split docs/cli.md at the headings that name a command, like ``## `landrelease import` ``."""
    parts = re.split(r"^#+ +`?landrelease ?([a-z0-9 -]*)`?.*$", text, flags=re.MULTILINE)
    return {name.strip(): body for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def test_reference_names_every_command_and_option(command: Any) -> None:
    """docs/cli.md has a section for each command that does something, with all its options.

    The options of ``landrelease`` itself may stand in the section ``landrelease`` or before the
    first one.
    """
    page = ROOT / "docs/cli.md"
    text = page.read_text(encoding="utf-8")
    sections = sections_of(text)
    preamble = re.split(r"^#+ +`?landrelease ", text, maxsplit=1, flags=re.MULTILINE)[0]
    missing = []
    for path, each in leaves(command):
        name = " ".join(path)
        if not path:
            section = preamble + sections.get("", "")
        elif hasattr(each, "commands") and name not in sections:
            section = text  # a group needs no section of its own
        elif name not in sections:
            missing.append(f"a section for `landrelease {name}`")
            continue
        else:
            section = sections[name]
        for parameter in each.params:
            if getattr(parameter, "hidden", False) or parameter.param_type_name != "option":
                continue
            longest = max(parameter.opts, key=len)
            if longest in COMMON:
                continue
            if not re.search(re.escape(longest) + r"(?![\w-])", section):
                missing.append(f"the option {longest} of `landrelease {name}`".replace(" `", " `"))
    assert not missing, f"{name_of(page)} does not mention:\n" + "\n".join(missing)


# The checks themselves, on a command made for the purpose.


@pytest.fixture
def small_command() -> Any:
    import typer
    import typer.main

    app, ledger = typer.Typer(), typer.Typer()

    @app.callback()
    def options(workspace: str = typer.Option(".", "--workspace", "-w")) -> None: ...

    @ledger.command()
    def balance(by: str = "", exact: bool = False) -> None: ...

    @app.command()
    def serve(port: int = 8000) -> None: ...

    app.add_typer(ledger, name="ledger")
    return typer.main.get_command(app)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("landrelease -w $T/x ledger balance --by unit --exact", None),
        ("landrelease --workspace=x ledger balance [--by unit|class]", None),
        ("$ .venv/bin/landrelease serve --port 8001 | less --odd", None),
        ("landrelease ledger balances", "`landrelease ledger` has no subcommand balances"),
        ("landrelease serve --no-such", "`landrelease serve` has no option --no-such"),
        (
            "landrelease ledger balance \\\n  --to x",
            "`landrelease ledger balance` has no option --to",
        ),
        ("landrelease serve --by x", "`landrelease serve` has no option --by"),
    ],
)
def test_what_does_not_exist_is_found(small_command: Any, line: str, problem: str | None) -> None:
    (shown,) = shown_commands(f"Text.\n\n```sh\n{line}\n```\n", "page")
    assert shown.line == 4
    assert wrong_with(small_command, shown.words) == problem


def test_code_within_a_sentence_counts() -> None:
    (shown,) = shown_commands("Now `landrelease verify --fast`, or landrelease by itself.", "page")
    assert shown.words == ("verify", "--fast")


# --- Links ----------------------------------------------------------------------------------------


def prose_of(text: str) -> str:
    """Take fenced blocks and ``code`` away: what they hold is no link."""
    text = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors_of(text: str) -> set[str]:
    """List the anchors that the headings of a page give, in the manner of the usual viewers."""
    headings = re.findall(r"^#+ +(.+?)\s*#*$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for target in re.findall(r"\]\(<?([^)\s>]+)>?[^)]*\)", prose_of(page.read_text("utf-8"))):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue  # the network is not asked
        path, _, anchor = target.partition("#")
        goal = (page.parent / path).resolve() if path else page
        there = goal.is_relative_to(ROOT) and goal.exists()
        if there and anchor and goal.suffix == ".md":
            there = anchor in anchors_of(goal.read_text("utf-8"))
        if not there:
            dead.append(target)
    assert not dead, f"{name_of(page)} links to nothing: {', '.join(dead)}"


def test_every_page_is_linked_from_another() -> None:
    """A page that nobody reaches is as good as missing; the starting point is README.md."""
    seen, to_read = set(), [ROOT / "README.md"]
    while to_read:
        page = to_read.pop()
        if page in seen:
            continue
        seen.add(page)
        if page.suffix != ".md":
            continue
        for target in re.findall(r"\]\(<?([^)#\s>]+)", prose_of(page.read_text("utf-8"))):
            goal = (page.parent / target).resolve()
            if goal.is_dir():
                to_read.extend(goal.glob("*.md"))
            elif goal.is_file():
                to_read.append(goal)
    assert not [name_of(page) for page in pages() if page not in seen]


# --- Examples -------------------------------------------------------------------------------------


def pure_modules() -> list[str]:
    """Name the modules of the pure packages."""
    names = []
    for package in PURE:
        module = importlib.import_module(f"landrelease.{package}")
        names.append(module.__name__)
        names += [m.name for m in pkgutil.walk_packages(module.__path__, module.__name__ + ".")]
    return names


@pytest.mark.parametrize("name", pure_modules())
def test_examples_in_docstrings_run(name: str) -> None:
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0, f"{result.failed} of {result.attempted} examples fail; see above"
