"""Write docs/data-dictionary.md from the declared record types.

    .venv/bin/python scripts/data_dictionary.py

``tests/demo/test_reference.py`` fails when the page is not what this would write.
"""

from __future__ import annotations

from pathlib import Path

from landrelease.register import codes
from landrelease.register.schema import RECORD_TYPES, Field, RecordType

PAGE = Path(__file__).resolve().parent.parent / "docs" / "data-dictionary.md"

HEAD = """\
# Data dictionary

This page is written by `scripts/data_dictionary.py` from `src/landrelease/register/schema/`,
where each field is declared once; the database, the import mapping and the exports read the same
place.

- **Every field may be absent, and absent means *not recorded***: never zero, never "no". Only the
  fields marked *needed* must be there, as a row without them says nothing.
- The names in the first column are the columns of exports and the keys of a mapping file. The
  headings in the last column are recognised in files (capitals, blanks and punctuation do not
  matter), and so are the HXL tags.
- A **date** is an interval: "2024" is the whole of 2024. An exported date stands in two columns,
  `…_start` and `…_end`.
- A **reference** names another record by the id that the same source system gives it.
- **Personal** fields are encrypted per person, and are not part of any export.
- A national profile may add fields; see [profiles](../src/landrelease/profiles/default.yaml).

| record type | `--as` | also | short reference | place |
|---|---|---|---|---|
"""

PLACES = {"polygon": "polygon (its area is measured)", "point": "point", "": "none"}

#: Names of the vocabularies, from the module in which they are declared.
VOCABULARIES = {
    id(value): name for name, value in vars(codes).items() if isinstance(value, dict)
}  # fmt: skip


def dictionary() -> str:
    """Give the whole page."""
    types = list(RECORD_TYPES.values())
    overview = [
        f"| [{t.label}](#{_anchor(t)}) | `{t.plural}` | {_code(t.aliases)} | {t.prefix}-1 | "
        f"{PLACES[t.geometry]} |"
        for t in types
    ]
    return "\n".join([HEAD + "\n".join(overview), *map(_section, types), _vocabularies(types)])


def _anchor(record_type: RecordType) -> str:
    return record_type.label.lower().replace(",", "").replace(" ", "-")


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _section(record_type: RecordType) -> str:
    rows = [
        f"| `{f.name}` | {_kind(f)} | {_help(f)} | {', '.join((*f.synonyms, *f.hxl))} |"
        for f in record_type.fields
    ]
    head = ["| field | kind | what it says | recognised headings |", "|---|---|---|---|"]
    return "\n".join(["", f"## {record_type.label}", "", *head, *rows])


def _kind(field: Field) -> str:
    if field.to:
        return f"reference to {RECORD_TYPES[field.to].label.lower()}"
    if field.choices is not None:
        name = VOCABULARIES[id(field.choices)].lower().replace("_", " ")
        several = "several of" if field.kind == "classes" else "one of"
        return f"{several} [{name}](#{name.replace(' ', '-')})"
    return field.kind + (f" ({field.unit})" if field.unit else "")


def _help(field: Field) -> str:
    marks = [*(["needed"] if field.required else []), *(["personal"] if field.personal else [])]
    return field.help + (f" (*{', '.join(marks)}*)" if marks else "")


def _vocabularies(types: list[RecordType]) -> str:
    used = {id(f.choices): f.choices for t in types for f in t.fields if f.choices is not None}
    lines = ["", "# Codes", "", "Stable codes; the English labels may be translated."]
    for key in sorted(used, key=VOCABULARIES.__getitem__):
        lines += ["", f"## {VOCABULARIES[key].lower().replace('_', ' ')}", "", "| code | label |",
                  "|---|---|"]  # fmt: skip
        lines += [f"| `{code}` | {label} |" for code, label in used[key].items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(dictionary(), encoding="utf-8")
    print(f"{PAGE} written")
