"""How long a narrower reader waits for the first page of documents after a change.

A workspace is filled with the reports of a folder (those of the demonstration without one), every
tenth of them is marked for the restricted tier, and a partner who has signed in opens lists of
documents, claims and what they say together. Each page is asked for twice in a new process state,
as after a change of the register: the first answer computes what is partly hidden, the second one
remembers. Printed as JSON, one object a page:

``first_s``, ``again_s``
    seconds of the first and the second answer;
``whole_s``
    seconds of the second answer to somebody who reads everything.

Run: ``.venv/bin/python benchmarks/narrow_reader.py [FOLDER] [--reports N]``
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import landrelease

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/web"), str(ROOT / "tests/register")]
DEMO = Path(landrelease.__file__).parent / "cli/demo/reports"
HOST = "mines.example.org"
PAGES = ("/documents/", "/timeline/", "/stories/", "/conflicts/", "/claims/")
#: One report in so many is hidden.
HIDDEN = 10


def fill(folder: Path, reports: list[Path]) -> dict[str, int]:
    """Take the reports in and hide some; gives how many there are of what."""
    from landrelease.register import document_tier, documents, people
    from landrelease.register.models import Claim, ClaimGathering, Document

    documents.add(reports, people.at_the_command_line())
    # Titles are looked through for private names; the list shows them.
    Document.objects.filter(title__isnull=True).update(title="Mara Lind found it")
    for number, document in enumerate(Document.objects.order_by("id"), 1):
        if number % HIDDEN == 0:
            document_tier.mark(document.ref, "restricted", people.at_the_command_line())
    return {
        "reports": Document.objects.count(),
        "claims": Claim.objects.count(),
        "contents": ClaimGathering.objects.count(),
    }


def forget() -> None:
    """Forget what was remembered for readers, as a process does that has just begun."""
    from landrelease.register import evidence_access

    for value in vars(evidence_access).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()


def timed(browser: Any, page: str) -> float:
    """Seconds until a page is there."""
    start = time.perf_counter()
    answer = browser.get(page, secure=True)
    if answer.status_code != 200:
        raise SystemExit(f"{page}: {answer.status_code}")
    return round(time.perf_counter() - start, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DEMO)
    parser.add_argument("--reports", type=int, default=84, help="At most so many of them.")
    options = parser.parse_args()
    reports = sorted(path for path in options.folder.iterdir() if path.is_file())
    from landrelease.register import workspace

    with tempfile.TemporaryDirectory() as made:
        workspace.init_workspace(Path(made) / "workspace")
        from deciders import person, signed_in
        from django.test import override_settings

        from landrelease.register.roles import Role

        print(json.dumps(fill(Path(made), reports[: options.reports])))
        with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST]):
            partner = signed_in(person("paula", Role.partner), HOST)
            reviewer = signed_in(person("rita", Role.reviewer), HOST)
            timed(reviewer, "/about/")
            for page in PAGES:
                forget()
                first, again = timed(partner, page), timed(partner, page)
                timed(reviewer, page)
                whole = timed(reviewer, page)
                print(json.dumps({"page": page, "first_s": first, "again_s": again,
                                  "whole_s": whole}), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
