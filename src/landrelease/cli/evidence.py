"""``landrelease evidence``: reports, the stories they tell, and who said what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from . import context
from .main import app

evidence_app = typer.Typer(help="Reports, stories and attributed claims.", no_args_is_help=True)
app.add_typer(evidence_app, name="evidence")

LimitOption = Annotated[int | None, typer.Option(min=1, help="Print at most so many.")]
OffsetOption = Annotated[int, typer.Option(min=0, help="Leave out so many at the beginning.")]
FormatOption = Annotated[context.Format, typer.Option("--format", help="How to print.")]


FieldOption = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        help="Where a field stands in JSON records: text=article.body; may be given several times.",
    ),
]


@evidence_app.command("add")
def add(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Files or folders: text, HTML, PDF, e-mail (eml, mbox), WARC, JSON lines, "
            "RSS and Atom feeds, Telegram exports; also gzipped."
        ),
    ],
    field: FieldOption = None,
    format: FormatOption = context.Format.table,
) -> None:
    """Take in reports: keep them, describe them, read them for claims.

    What is in the register already stays as it is: a run that was interrupted can be repeated.

    Example: landrelease -w bosnia evidence add reports/*.txt letters.mbox crawl.warc.gz
    """
    for path in paths:
        if not path.exists():
            raise typer.BadParameter(f"{path} does not exist")
    fields = _fields(field)
    context.open_workspace()
    from landrelease.register import documents, people

    with context.progress() as progress:
        results = documents.add(paths, people.at_the_command_line(), progress, fields)
    if format is context.Format.table:
        for result in results:
            typer.echo(_added(result))
    else:
        context.print_rows([result.to_json() for result in results], format)
    if any(result.state == "failed" for result in results):
        raise typer.Exit(1)


@evidence_app.command("compare")
def compare() -> None:
    """Compute again what claims say together, as the pages show it.

    Gatherings, contradictions, places and states of the claims as they stand are kept in tables,
    made with every report that is added. Needed once for a workspace of an earlier version: its
    pages say so.

    Example: landrelease -w bosnia evidence compare
    """
    context.open_workspace()
    from landrelease.register import corroborated

    with context.progress() as progress:
        count = corroborated.refresh(progress)
    context.say(f"{count:,} claims compared")


@evidence_app.command("watch")
def watch(
    folder: Annotated[Path, typer.Argument(help="Folder into which reports arrive.")],
    once: Annotated[
        bool, typer.Option("--once", help="Take in what is there, and end (for cron).")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            help="Leave out files last changed before: a day, a moment (2024-11-20T08:00), or "
            "'last' for the register's last arrival."
        ),
    ] = None,
    settle: Annotated[
        float, typer.Option(min=0.0, help="Seconds a file must not have moved to be whole.")
    ] = 2.0,
    conflicts: Annotated[
        bool, typer.Option(help="Also look for claims that contradict those of the new report.")
    ] = True,
    field: FieldOption = None,
    format: FormatOption = context.Format.table,
) -> None:
    """Take in reports as they arrive in a folder, and tell of each what is new.

    Of each report: the story it joined, new claims, conflicts. A file that is still being written
    is waited for. What is in the register already is known by its bytes. Ctrl-C and SIGTERM end it
    after the file at hand. With --format json: one object a line.

    Example: landrelease -w bosnia evidence watch inbox --once --format json
    """
    import signal
    import threading

    if not folder.is_dir():
        raise typer.BadParameter(f"{folder} is no folder")
    fields = _fields(field)
    context.open_workspace()
    from landrelease.register import people, watching

    stop = threading.Event()

    def end(number: int, frame: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)  # a second one ends at once

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    failed = False

    def tell(news: watching.News) -> None:
        nonlocal failed
        failed = failed or news.added.state == "failed"
        _tell(news, format)

    try:
        if not once:
            context.say(f"watching {folder}; Ctrl-C ends it")
        watching.watch(
            folder,
            people.at_the_command_line(),
            tell,
            stop=stop,
            once=once,
            since=_since(since),
            settle=settle,
            conflicts=conflicts,
            fields=fields,
        )
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if stop.is_set():
        context.say("stopped; what was taken in is in the register")
    if once and failed:
        raise typer.Exit(1)


@evidence_app.command("documents")
def documents_(
    limit: LimitOption = None,
    offset: OffsetOption = 0,
    format: FormatOption = context.Format.table,
) -> None:
    """List reports: who published them when, their language, how many claims were extracted.

    Example: landrelease -w bosnia evidence documents --format json
    """
    context.open_workspace()
    from landrelease.register import documents

    found: list[dict[str, Any]] = _page(documents.listing(), limit, offset, "documents")
    if format is not context.Format.table:
        context.print_rows(found, format)
        return
    shown = ("ref", "document", "publisher", "published", "language", "place", "claims")
    context.print_rows([{name: one[name] for name in shown} for one in found], format)


def _fields(given: list[str] | None) -> dict[str, str] | None:
    from landrelease.evidence import EvidenceError
    from landrelease.evidence.containers import json_records

    if not given:
        return None
    pairs = [one.partition("=") for one in given]
    wrong = [name for name, sign, place in pairs if not (name and sign and place)]
    if wrong:
        raise typer.BadParameter(f"--field {wrong[0]}: give FIELD=PLACE, like text=article.body")
    try:
        return json_records.check({name: place for name, _, place in pairs})
    except EvidenceError as error:
        raise typer.BadParameter(str(error)) from error


def _since(given: str | None) -> Any:
    import datetime as dt

    from landrelease.register import watching

    if given is None:
        return None
    if given == "last":
        return watching.last_arrival()
    try:
        return dt.datetime.fromisoformat(given).astimezone()
    except ValueError as error:
        raise typer.BadParameter(f"--since {given}: give a day, a moment or 'last'") from error


def _added(result: Any) -> str:
    return f"{result.ref or '-':>7}  {result.state:<10} {result.path}" + (
        f"  ({result.message})" if result.message else ""
    )


def _tell(news: Any, format: context.Format) -> None:
    """One line a report, and below it who contradicts it."""
    import json

    if format is context.Format.json:
        typer.echo(json.dumps(news.to_json(), ensure_ascii=False, default=str))
        return
    added = news.added
    if news.story is None:
        typer.echo(_added(added))
        return
    origin = news.origin["name"] or "origin not established"
    joined = f"joins {len(news.joined)} report(s)" if news.joined else "new"
    claims = (
        f"{len(news.claims)} new claim(s)"
        if added.claims == "extracted"
        else "claims not extracted"
    )
    found = "conflicts not looked for" if news.conflicts is None else (
        f"{len(news.conflicts)} conflict(s)"
    )  # fmt: skip
    typer.echo(
        f"{added.ref:>7}  {added.path}: story {news.story[6:16]} ({joined}; {origin}), {claims}, "
        f"{found}" + (f"  ({added.message})" if added.message else "")
    )
    for one in news.conflicts or ():
        sides = " | ".join(f"{side['source']}: {side['content']}" for side in one["sides"])
        typer.echo(f"         {one['verdict']}, {one['slot']}: {sides} [{one['independence']}]")


@evidence_app.command("stories")
def stories(
    limit: LimitOption = None,
    offset: OffsetOption = 0,
    format: FormatOption = context.Format.table,
) -> None:
    """List stories: documents of one origin, counted once.

    Stories that are counted as the same one may go back to one text: a report is like both.

    Example: landrelease -w bosnia evidence stories --format json
    """
    context.open_workspace()
    from landrelease.register import documents

    found = _page(documents.stories(), limit, offset, "stories")
    if format is context.Format.json:
        context.print_json(found)
        return
    context.print_rows(
        [
            {
                "story": story["story"][:10],
                "counted as": (story.get("counted_as") or story["story"])[:10],
                "origin": "{name} ({kind})".format_map(
                    {**story["origin"], "name": story["origin"]["name"] or "not established"}
                ),
                "relation": document["relation"],
                "published": document["published"],
                "document": document["path"],
            }
            for story in found
            for document in story["documents"]
        ],
        format,
    )


@evidence_app.command("family")
def family(
    story: Annotated[str, typer.Argument(help="Id of a story, or how it begins.")],
    format: FormatOption = context.Format.table,
) -> None:
    """Show who copied whom in a story, and what each added, dropped and changed.

    Dates come first, then which text holds the other, then the agency that is credited. Names that
    are spelt otherwise, figures, dates and attributions that changed are listed apart.

    Example: landrelease -w bosnia evidence family story-5a3c --format json
    """
    context.open_workspace()
    from landrelease import evidence
    from landrelease.register import documents

    known = [one for one in documents.stories() if one["story"].startswith(story)]
    if len(known) != 1:
        raise typer.BadParameter(
            f"{len(known)} stories begin with {story!r}; see `landrelease evidence stories`"
        )
    (body,) = known
    texts = [document for _, document in documents.load()]
    said = [
        evidence.Claim.from_json(claim)
        for claim in documents.claims()
        if claim["story"] == body["story"]
    ]
    grouped = evidence.Story(
        body["story"],
        evidence.Origin(body["origin"]["name"], body["origin"]["kind"]),
        tuple(
            evidence.Member(m["path"], "", m["published"], m["publisher"], m["relation"])
            for m in body["documents"]
        ),
    )
    tree = evidence.family(grouped, texts, said)
    if format is context.Format.json:
        context.print_json(tree.to_json())
        return
    context.print_rows(
        [
            {
                "document": branch.document,
                "parent": branch.parent or f"{tree.origin.name or 'not established'} (origin)",
                "basis": branch.basis,
                "word for word": f"{branch.share:.0%}",
                "what": one.kind,
                "before": one.before_text,
                "after": one.after_text,
            }
            for branch in tree.branches
            for one in branch.differences or (evidence.Difference("", None, None, "", ""),)
        ],
        format,
    )


@evidence_app.command("claims")
def claims(
    document: Annotated[str | None, typer.Option(help="Only claims of this document.")] = None,
    outside: Annotated[
        bool, typer.Option("--outside", help="Claims of an outside model as well, labelled.")
    ] = False,
    limit: LimitOption = None,
    offset: OffsetOption = 0,
    format: FormatOption = context.Format.table,
) -> None:
    """List attributed claims: who said what, in which words, and what people decided about it.

    Example: landrelease -w bosnia evidence claims --format json
    """
    context.open_workspace()
    from landrelease.register import claim_decisions, documents

    known = documents.claims(outside=outside)
    listed = [claim for claim in known if document in (None, claim["document"])]
    page: list[dict[str, Any]] = _page(listed, limit, offset, "claims")
    states = claim_decisions.state([claim["id"] for claim in page])
    found = [{**claim, "decision": states[claim["id"]].to_json()} for claim in page]
    if format is context.Format.json:
        context.print_json(found)
        return
    context.print_rows(
        [
            {
                "claim": claim["id"][:12],
                "state": claim["decision"]["state"],
                "document": claim["document"],
                "source": claim["source"]["name"] or claim["source"]["text"],
                "kind": claim["kind"],
                "stance": claim.get("stance", "stated"),
                "modality": claim["modality"],
                "when": claim["time"]["value"],
                "content": claim["content"]["text"],
                **(_extractor(claim) if outside else {}),
            }
            for claim in found
        ],
        format,
    )


def _extractor(claim: dict[str, Any]) -> dict[str, Any]:
    same = claim.get("same_utterance_as")
    return {"extractor": claim.get("extractor", ""), "same utterance as": same or ""}


@evidence_app.command("conflicts")
def conflicts(
    everything: Annotated[
        bool, typer.Option("--all", help="Agreements and confirmed treaty claims as well.")
    ] = False,
    limit: LimitOption = None,
    offset: OffsetOption = 0,
    format: FormatOption = context.Format.table,
) -> None:
    """List claims that contradict each other, slot by slot, and doubtful claims about treaties.

    Bounds that overlap agree, disjoint ones contradict; a denial stands against what is asserted;
    what is said of a state's treaty status is checked against the treaty status register.

    Example: landrelease -w bosnia evidence conflicts --all --format json
    """
    context.open_workspace()
    from landrelease.register import corroborations

    found: list[dict[str, Any]] = [
        {"about": "claims", **one.to_json()}
        for one in corroborations.comparisons()
        if everything or one.verdict != "agrees"
    ]
    found += [
        {"about": "treaty", "verdict": _verdict(one), **one}
        for one in corroborations.treaty_checks()
        if everything or _verdict(one) != "agrees"
    ]
    found = _page(found, limit, offset, "conflicts")
    if format is context.Format.json:
        context.print_json(found)
        return
    context.print_rows([_conflict(one) for one in found], format)


def _verdict(checked: dict[str, Any]) -> str:
    return str(checked["check"]["verdict"]) if checked["check"] else "unknown"


def _conflict(one: dict[str, Any]) -> dict[str, Any]:
    if one["about"] == "claims":
        sides = [f"{side['source']}: {side['content']}" for side in one["sides"]]
        return {
            "verdict": one["verdict"],
            "about": one["slot"],
            "one": sides[0],
            "other": sides[1],
            "independence": one["independence"],
        }
    told = one["check"]["explanation"] if one["check"] else one["reason"]
    return {
        "verdict": one["verdict"],
        "about": f"{one['state']} {one['treaty']}",
        "one": f"{one['source'] or one['document']}: {one['text']}",
        "other": f"treaty status register: {told}",
        "independence": "",
    }


@evidence_app.command("timeline")
def timeline(
    state: Annotated[
        str | None, typer.Option(help="Only what names this state (ISO 3166-1 alpha-3).")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Only claims of this kind.")] = None,
    limit: LimitOption = None,
    offset: OffsetOption = 0,
    format: FormatOption = context.Format.table,
) -> None:
    """List what was said when, each content once, with the origins that can stand behind it.

    Example: landrelease -w bosnia evidence timeline --state UKR --format json
    """
    context.open_workspace()
    from landrelease.register import corroborations

    listed = [
        entry
        for entry in (one.to_json() for one in corroborations.timeline())
        if state in (None, *entry["states"]) and kind in (None, entry["kind"])
    ]
    found = _page(listed, limit, offset, "entries")
    if format is context.Format.json:
        context.print_json(found)
        return
    shown = ("time", "basis", "source", "kind", "modality", "content", "strength")
    context.print_rows([{name: entry[name] for name in shown} for entry in found], format)


@evidence_app.command("origins")
def origins(format: FormatOption = context.Format.table) -> None:
    """List where each report says it has its matter from: agency, first reporter, document.

    Example: landrelease -w bosnia evidence origins
    """
    context.open_workspace()
    from landrelease.register import corroborations

    found = corroborations.chains()
    if format is context.Format.json:
        context.print_json(found)
        return
    context.print_rows(
        [
            {"document": path, "kind": link["kind"], "name": link["name"], "words": link["text"]}
            for path, links in found.items()
            for link in links
        ],
        format,
    )


@evidence_app.command("series")
def series(
    table: Annotated[Path, typer.Argument(help="CSV of published figures.")],
    format: FormatOption = context.Format.table,
) -> None:
    """Show how publishers revised their figures, and where they differ from each other.

    The table has the columns indicator, period_year, value, unit, qualifier, publisher and
    source_title. Needs no workspace.

    Example: landrelease -w bosnia evidence series figures.csv --format json
    """
    from landrelease.evidence import EvidenceError
    from landrelease.evidence import series as published

    try:
        found = published.series(published.read(table))
    except (EvidenceError, OSError) as error:
        raise typer.BadParameter(str(error)) from error
    differ = published.disagreements(found)
    if format is context.Format.json:
        context.print_json(
            {
                "series": [one.to_json() for one in found],
                "comparisons": [one.to_json() for one in differ],
            }
        )
        return
    rows = [
        {
            "what": f"{one.indicator} {one.scope}".strip(),
            "year": one.period,
            "verdict": "revised" if one.revised else "single",
            "values": f"{' → '.join(f'{value:,.10g}' for value in one.values)} {one.unit}",
            "publishers": one.publisher,
        }
        for one in found
    ]
    rows += [
        {
            "what": f"{one.one.indicator} {one.one.scope} | {one.other.scope}",
            "year": one.one.period,
            "verdict": one.verdict,
            "values": " | ".join(
                f"{f.qualifier} {f.value:,.10g} {f.unit}".strip() for f in (one.one, one.other)
            ),
            "publishers": f"{one.one.publisher} | {one.other.publisher}",
        }
        for one in differ
    ]
    context.print_rows(rows, format)


def _page(found: list[Any], limit: int | None, offset: int, what: str) -> list[Any]:
    """A page of a list; on standard error what was left out, so that nothing goes unseen."""
    page = found[offset : None if limit is None else offset + limit]
    if len(page) < len(found):
        context.say(f"{len(page)} of {len(found)} {what}, after the first {offset}")
    return page
