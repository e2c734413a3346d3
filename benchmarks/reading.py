"""What it costs to read files of reports in a process of its own, with limits.

The reports of the demonstration are written many times over into a mailbox, a web archive, JSON
lines, a feed and a folder of texts, each file once more with other words, and read with limits and
without. Printed as JSON, one object a format: processor seconds of all processes, the fastest of
the runs of each, and their ratio. Starting the process is not in it; it is printed first.

Run: ``.venv/bin/python benchmarks/reading.py [--reports 400] [--runs 3]``
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import landrelease

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests")]
DEMO = Path(landrelease.__file__).parent / "cli/demo/reports"


def texts(number: int) -> Iterator[str]:
    """So many texts, no two the same."""
    known = [path.read_text("utf-8") for path in sorted(DEMO.glob("*.txt"))]
    for count, text in zip(range(number), itertools.cycle(known), strict=False):
        yield f"{text}\n\nThis was copy {count}.\n"


def files(number: int) -> dict[str, list[tuple[str, bytes]]]:
    """The same texts in each format, as names and bytes."""
    from evidence import samples

    told = list(texts(number))
    entries = "".join(
        f"<item><guid>{n}</guid><title>Copy {n}</title><description><![CDATA[{text}]]>"
        "</description></item>"
        for n, text in enumerate(told)
    )
    mails = [samples.mail(text, id_=f"{n}@example.org") for n, text in enumerate(told)]
    pages = [
        (f"https://example.org/{n}", text.encode(), "text/plain") for n, text in enumerate(told)
    ]
    return {
        "mailbox": [("a.mbox", samples.mailbox(*mails))],
        "web archive": [("a.warc", samples.warc(*pages))],
        "JSON lines": [("a.jsonl", samples.json_lines(*({"text": text} for text in told)))],
        "feed": [("a.rss", f'<rss version="2.0"><channel>{entries}</channel></rss>'.encode())],
        "texts": [(f"{n}.txt", text.encode()) for n, text in enumerate(told)],
    }


def spent(work: Callable[[], int]) -> tuple[float, int]:
    """Processor seconds of this process and of those that it started, which end with it."""
    from landrelease.evidence.containers import confined

    confined._idle.end()  # counted once it has ended
    before = _now()
    found = work()
    confined._idle.end()
    return _now() - before, found


def _now() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=400, help="reports of each format")
    parser.add_argument("--runs", type=int, default=3, help="of which the fastest counts")
    asked = parser.parse_args()
    from landrelease.evidence import unpack
    from landrelease.evidence.containers import confined

    def read(given: list[tuple[str, bytes]], limited: bool) -> int:
        limits = confined.LIMITS if limited else None
        return sum(
            item.state == "report"
            for name, data in given
            for item in unpack(data, name, limits=limits)
        )

    one = [("a.txt", b"Teams cleared the field beside the river, the mayor said on Monday.")]
    read(one, False)  # what is loaded once a program
    starting = min(spent(lambda: read(one, True))[0] for _ in range(asked.runs))
    print(json.dumps({"starting_s": round(starting, 2)}), flush=True)
    for kind, given in files(asked.reports).items():
        runs = [
            (spent(lambda: read(given, False)), spent(lambda: read(given, True)))  # noqa: B023
            for _ in range(asked.runs)
        ]
        assert {found for run in runs for _, found in run} == {asked.reports}, "the same reports"
        here = min(one for (one, _), _ in runs)
        there = min(other for _, (other, _) in runs) - starting
        told = {"format": kind, "reports": asked.reports,
                "bytes": sum(len(data) for _, data in given),
                "without_s": round(here, 2), "with_s": round(there, 2),
                "ratio": round(there / here, 2)}  # fmt: skip
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
