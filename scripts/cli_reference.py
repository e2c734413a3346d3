"""Write docs/cli.md, the reference of the command line, from the command itself.

    .venv/bin/python scripts/cli_reference.py

``tests/demo/test_reference.py`` fails when the page is not what this would write.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import typer.main

from landrelease.cli import app

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"

HEAD = """\
# The command line

This page is written by `scripts/cli_reference.py` from the command itself; change the command, not
the page. `--help` after any command says the same.

Every command works in one workspace: name it with `-w`, or set `LANDRELEASE_WORKSPACE`. What is
meant for a person (progress, notes) goes to standard error, tables go to standard output; `--format
json` and `--format csv` are for other programs. Exit status 0 means done, 1 that something foreseen
stood in the way (said in one sentence), 2 that the command line was not understood.
"""


def reference() -> str:
    """Give the whole page."""
    root = typer.main.get_command(app)
    sections = [HEAD, *(_section(path, command) for path, command in _commands(root))]
    return "\n".join(sections)


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Walk through the commands, by name; groups themselves have no section but the root."""
    children = getattr(command, "commands", {})
    if not path or not children:
        yield path, command
    for name in sorted(children):
        if not children[name].hidden:
            yield from _commands(children[name], (*path, name))


def _section(path: tuple[str, ...], command: Any) -> str:
    name = " ".join(("landrelease", *path))
    text, _, example = inspect.cleandoc(command.help or "").partition("Example:")
    parts = [f"## `{name}`", text.strip()]
    rows = [_row(p) for p in command.params if not getattr(p, "hidden", False)]
    if rows:
        parts.append("\n".join(["| | |", "|---|---|", *rows]))
    if example:
        shown = " ".join(example.split())
        lines = textwrap.wrap(shown, 92, subsequent_indent="    ", break_long_words=False,
                              break_on_hyphens=False)  # fmt: skip
        parts.append("```sh\n" + " \\\n".join(lines) + "\n```")
    return "\n\n".join(parts) + "\n"


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        shown = f"`{parameter.name.upper()}`"
        shown += "" if parameter.required else " (may be left out)"
    else:
        shown = ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])
        shown += " (needed)" if parameter.required else ""
    annotation = parameter.type_descriptor.annotation
    help_ = parameter.help or ""
    if inspect.isclass(annotation) and issubclass(annotation, Enum):
        help_ += f" One of {', '.join(str(choice.value) for choice in annotation)}."
    default = parameter.default
    stated = isinstance(default, str | int | Path) and not isinstance(default, bool)
    if stated and default not in ("", 0) and not re.search(r"[Dd]efault", help_):
        help_ += f" Default: `{getattr(default, 'value', default)}`."
    return f"| {shown} | {help_.strip().replace('|', chr(92) + '|')} |"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
    print(f"{PAGE} written")
