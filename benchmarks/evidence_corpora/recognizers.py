"""Dates and durations against the DateTimeModel cases of Recognizers-Text.

PATH is the folder with ``English`` and ``Spanish``, the folder of one language, or one
``DateTimeModel.json``. Definitions: docs/evaluation/datetimes.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from landrelease.evidence.datetimes import TimeExpression, datetimes

LANGUAGES = {"English": "en", "Spanish": "es"}
_FIELDS = ("timex", "type", "value", "start", "end", "Mod")
_NO_REFERENCE = "2016-11-07T00:00:00"


def score(path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Share of the cases that are fully right, and of their parts.

    Parameters
    ----------
    path : Path
        Folder or file of the cases.
    options : argparse.Namespace
        ``part``: 'even' or 'odd' keeps the cases whose text has such a SHA-256.

    Returns
    -------
    dict
        task, scores of each language and the number of cases.
    """
    scores: dict[str, Any] = {}
    total = 0
    for file in model_files(path):
        language = file.parent.name
        cases = [case for case in read(file) if _in_part(case, options.part)]
        began = time.perf_counter()
        tally: Counter[str] = Counter()
        for case in cases:
            tally.update(judge(case, LANGUAGES[language]))
        total += len(cases)
        key = language.lower()
        for name in ("fully_right", "spans_right", "types_right", "values_right"):
            scores[f"{key}_{name}"] = tally[name] / len(cases) if cases else 0.0
        scores[f"{key}_cases"] = len(cases)
        scores[f"{key}_seconds"] = round(time.perf_counter() - began, 2)
        others, right = unseen(file.parent, LANGUAGES[language], options.part)
        if others:
            scores[f"{key}_unseen_right"] = right / others
            scores[f"{key}_unseen_cases"] = others
    return {"task": "dates and durations", "scores": scores, "n": total}


def model_files(path: Path) -> list[Path]:
    """The DateTimeModel files of a folder, one a language."""
    if path.is_file():
        return [path]
    found = sorted(path.rglob("DateTimeModel.json"))
    if not found:
        raise SystemExit(f"{path}: no DateTimeModel.json in it")
    unknown = [file for file in found if file.parent.name not in LANGUAGES]
    if unknown:
        raise SystemExit(f"{unknown[0]}: language {unknown[0].parent.name!r} is not supported")
    return found


def read(file: Path) -> list[dict[str, Any]]:
    """The cases of one file."""
    cases: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8-sig"))
    return cases


def _in_part(case: dict[str, Any], part: str) -> bool:
    if part == "all":
        return True
    digest = hashlib.sha256(case["Input"].encode()).digest()
    return (digest[-1] % 2 == 0) == (part == "even")


def judge(case: dict[str, Any], language: str) -> Counter[str]:
    """What of a case is right: its spans, their types, their values, everything."""
    found = [_row(one) for one in answers(case, language)]
    gold = [_gold(one) for one in case["Results"]]
    spans = [row[:3] for row in found] == [row[:3] for row in gold]
    types = spans and [row[3] for row in found] == [row[3] for row in gold]
    values = [row[4] for row in found] == [row[4] for row in gold]
    return Counter(
        {
            "fully_right": found == gold,
            "spans_right": spans,
            "types_right": types,
            "values_right": values,
        }
    )


def answers(case: dict[str, Any], language: str) -> list[TimeExpression]:
    """What the package finds in the text of a case."""
    moment = case.get("Context", {}).get("ReferenceDateTime", _NO_REFERENCE)
    return datetimes(case["Input"], dt.datetime.fromisoformat(moment[:19]), language)


Row = tuple[str, int, int, str, tuple[tuple[tuple[str, str], ...], ...]]


def _row(one: TimeExpression) -> Row:
    values = []
    for option in one.options:
        held = {
            "timex": option.timex,
            "type": option.type,
            "value": option.value,
            "start": option.start,
            "end": option.end,
            "Mod": option.mod,
        }
        values.append(tuple((name, held[name]) for name in _FIELDS if held[name] is not None))
    return one.text.lower(), one.start, one.end - 1, f"datetimeV2.{one.kind}", tuple(values)


def _gold(result: dict[str, Any]) -> Row:
    values = tuple(
        tuple((name, value[name]) for name in _FIELDS if name in value)
        for value in result.get("Resolution", {}).get("values", ())
    )
    start, end = result.get("Start"), result.get("End")
    return result["Text"].lower(), start, end, result.get("TypeName", ""), values


def unseen(folder: Path, language: str, part: str = "odd") -> tuple[int, int]:
    """Cases of the parser files whose text is in no model case: how many, and how many right.

    The rules were written with the model cases at hand, and with the even half of these; the odd
    half was never looked at. Each file holds expressions of one type. Right: an expression with
    these offsets, type and timex.
    """
    known = {_bare(case["Input"]) for case in read(folder / "DateTimeModel.json")}
    total = right = 0
    for file in sorted(folder.glob("*Parser.json")):
        if file.name in ("MergedParser.json", "TimeZoneParser.json"):
            continue  # other values than the others
        for case in read(file):
            gold = {_parsed(result) for result in case["Results"]}
            if not gold or not _in_part(case, part) or _bare(case["Input"]) in known:
                continue
            found = {
                (one.start, one.end, one.kind, option.timex)
                for one in answers(case, language)
                for option in one.options
            }
            total += 1
            right += gold <= found
    return total, right


def _bare(text: str) -> str:
    return text.strip().lower().rstrip(".!?")


def _parsed(result: dict[str, Any]) -> tuple[int, int, str, str]:
    start = int(result["Start"])
    value = result.get("Value") or {}
    return start, start + int(result["Length"]), result["Type"], value.get("Timex", "")
