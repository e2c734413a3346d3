"""The workbook: a form as an XLSForm that people can look into, change and use elsewhere."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime

import xlsxwriter

from .model import Form, Question
from .wording import Language

#: A workbook names the time it was made; ours always the same.
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)

#: Columns of the survey sheet that are not translated, and what they hold.
PLAIN = (
    "required",
    "relevant",
    "constraint",
    "calculation",
    "appearance",
    "choice_filter",
    "default",
)
TRANSLATED = ("label", "hint", "constraint_message")


def workbook(form: Form, *, languages: Sequence[Language], version: str) -> bytes:
    """Write a form as an XLSX file with the sheets ``survey``, ``choices`` and ``settings``.

    Parameters
    ----------
    languages
        The first is the one a phone shows at first.
    version
        Version that answers will name.
    """
    out = io.BytesIO()
    # The same form makes the same bytes: no time of writing in the file.
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": form.kind.title, "created": _NO_TIME})
    bold = book.add_format({"bold": True})
    for name, rows in (
        ("survey", _survey(form, languages)),
        ("choices", _choices(form, languages)),
        ("settings", _settings(form, languages, version)),
    ):
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                # Never as formula or number: a label may begin with "=".
                if cell:
                    sheet.write_string(number, column, cell, bold if number == 0 else None)
        sheet.set_column(0, 40, 24)
    book.close()
    return out.getvalue()


def _survey(form: Form, languages: Sequence[Language]) -> list[list[str]]:
    heads = [f"{name}::{language.name}" for name in TRANSLATED for language in languages]
    return [["type", "name", *heads, *PLAIN]] + [
        _question(question, languages) for question in form.questions
    ]


def _question(question: Question, languages: Sequence[Language]) -> list[str]:
    said = [language.say(getattr(question, name)) for name in TRANSLATED for language in languages]
    plain = [
        ("yes" if question.required else "") if name == "required" else getattr(question, name)
        for name in PLAIN
    ]
    return [question.type, question.name, *said, *plain]


def _choices(form: Form, languages: Sequence[Language]) -> list[list[str]]:
    return [["list_name", "name", *(f"label::{language.name}" for language in languages)]] + [
        [listed, code, *(language.say(label) for language in languages)]
        for listed, codes in form.choices.items()
        for code, label in codes.items()
    ]


def _settings(form: Form, languages: Sequence[Language], version: str) -> list[list[str]]:
    return [
        ["form_title", "form_id", "version", "default_language"],
        [languages[0].say(form.kind.title), form.kind.name, version, languages[0].name],
    ]
