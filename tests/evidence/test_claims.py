"""Who said what, when, and about how much."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from evidence import texts
from landrelease.evidence import Claim, claims, from_text, statements, stories
from landrelease.evidence.claims import KINDS, MODALITIES, kind_of
from landrelease.evidence.slots import slots
from landrelease.evidence.times import resolve


def extract(text: str, path: str = "a") -> list[Claim]:
    documents = [from_text(text, path=path)]
    return claims(documents, stories(documents))


def check_offsets(claim: Claim, text: str) -> None:
    spans: list[dict[str, Any]] = [dict(claim.source), dict(claim.cue), dict(claim.content)]
    spans += claim.slots.get("quotations", []) + claim.slots.get("quantities", [])
    for span in spans:
        assert text[span["start"] : span["end"]] == span["text"] != ""


@pytest.mark.parametrize(
    ("text", "source", "cue", "content"),
    [
        # source first
        ("Mara Lind said the valley is mined.", "Mara Lind", "said", "the valley is mined"),
        ("The ministry said on Monday that teams found nine mines.", "The ministry", "said",
         "that teams found nine mines"),
        ("Mara Lind, head of the Olburg clinic, has said that nobody was hurt.",
         "Mara Lind, head of the Olburg clinic", "has said", "that nobody was hurt"),
        ("However, officials told reporters in Olburg that the road is closed.", "officials",
         "told", "that the road is closed"),
        ("On Friday, the group called the plan \"reckless\".", "the group", "called",
         'the plan "reckless"'),
        ("Villagers warned of mines near the river.", "Villagers", "warned of",
         "mines near the river"),
        ("Sorrel Watch's Ida Moor stressed that fields were not safe.", "Sorrel Watch's Ida Moor",
         "stressed", "that fields were not safe"),
        ("The army denied that it used mines.", "The army", "denied", "that it used mines"),
        # content first
        ("The valley is full of mines, Mara Lind said.", "Mara Lind", "said",
         "The valley is full of mines"),
        ("The valley is full of mines, police officers said Monday.", "police officers", "said",
         "The valley is full of mines"),
        ('"We saw mines," Mara Lind said.', "Mara Lind", "said", '"We saw mines,"'),
        ('"We saw mines," said Mara Lind, a farmer in Olburg.', "Mara Lind, a farmer in Olburg",
         "said", '"We saw mines,"'),
        ("“Did you see mines?” the officer asked.", "the officer", "asked", "“Did you see mines?”"),
        ("“We saw mines.” Mara Lind said.", "Mara Lind", "said", "“We saw mines.”"),
        # according to
        ("According to Mara Lind, the valley is mined.", "Mara Lind", "According to",
         "the valley is mined"),
        ("According to Mara Lind, a farmer in Olburg, the valley is mined.",
         "Mara Lind, a farmer in Olburg", "According to", "the valley is mined"),
        ("Nine people were hurt, according to a report by the Sorrel Trust.",
         "a report by the Sorrel Trust", "according to", "Nine people were hurt"),
        ("The mine — which the group said \"maims children\" — was old.", "the group", "said",
         '"maims children"'),
    ],
)  # fmt: skip
def test_source_cue_content(text: str, source: str, cue: str, content: str) -> None:
    document = from_text(text)
    found = [
        tuple(document.text[slice(*span)] for span in (one.source, one.cue, one.content))
        for one in statements(document)
    ]
    assert found == [(source, cue, content)]


@pytest.mark.parametrize(
    "text",
    [
        "The claims were false.",
        "Mines were said to be there.",
        "The team found nine mines in the field.",
        "He did not say why.",
        "The so-called reported cases fell.",
        "Media reports are few.",
        'The sign "Danger" stood there.',
        "Say nothing.",
        "",
    ],
)
def test_no_statement_is_made_up(text: str) -> None:
    assert statements(from_text(text)) == []


def speakers(text: str) -> list[tuple[str | None, str | None, str | None]]:
    return [
        (one.speaker.name, one.speaker.role, one.speaker.organisation)
        for one in statements(from_text(text))
    ]


def test_surnames_and_pronouns_take_the_full_name() -> None:
    text = """Ida Moor, country director at the Sorrel Trust, said the coast is mined.

"We need three years," Moor told reporters. "Perhaps four."

She added that donors had left. Colonel Jon Pike said the army had gone. "It is over," he said."""
    moor = ("Ida Moor", "country director", "Sorrel Trust")
    pike = ("Jon Pike", "Colonel", None)
    assert speakers(text) == [moor, moor, moor, moor, pike, pike]


def test_roles_before_the_name() -> None:
    text = (
        "Defence Ministry spokesman Ola Brand said it was over. "
        "Secretary of State Ann Fisk said it was not. "
        "Dr. Ken Holt said he was tired. "
        "Brand said nobody knew. Fisk said she knew."
    )
    assert speakers(text) == [
        ("Ola Brand", "Defence Ministry spokesman", "Defence Ministry"),
        ("Ann Fisk", "Secretary of State", None),
        ("Ken Holt", None, None),
        ("Ola Brand", "Defence Ministry spokesman", "Defence Ministry"),
        ("Ann Fisk", "Secretary of State", None),
    ]


def test_name_behind_the_office_and_official_who_would_not_be_named() -> None:
    text = (
        "The head of the mine centre in Olburg, Petra Vann, told the Post that work goes on. "
        "An official, who asked not to be named, said it had stopped; the ministry kept silent. "
        '"We go on," Vann said.'
    )
    found = statements(from_text(text))
    assert [(one.speaker.name, one.speaker.organisation) for one in found] == [
        ("Petra Vann", None),
        (None, None),
        ("Petra Vann", None),
    ]
    assert text[slice(*found[1].content)] == "it had stopped"


def test_organisations_states_and_the_unnamed() -> None:
    found = statements(
        from_text(
            "Sorrel Watch said mines kill. The group added that children suffer. "
            "Norway said it would pay. Two US officials said it was true. "
            "The officials said no more."
        )
    )
    assert [(s.speaker.name, s.speaker.organisation, s.speaker.kind) for s in found[:4]] == [
        ("Sorrel Watch", "Sorrel Watch", "organisation"),
        ("Sorrel Watch", "Sorrel Watch", "organisation"),
        ("Norway", "Norway", "organisation"),
        (None, "United States", "unnamed"),
    ]


def test_a_statement_of_two_quotations_gives_both() -> None:
    text = '"We came home," Moor said on Monday, "and the field was gone for us."'
    found = [c.content["text"] for c in extract(text)]
    assert found == ['"We came home,"', '"and the field was gone for us."']


def test_boilerplate_yields_no_claims() -> None:
    text = texts.AGENCY + (
        "\nA Message from Coast Daily:\nDear readers,\n"
        'The authorities said our work is "undesirable and must be stopped at once".\n'
        'We said no. "Help us go on with this work," our editor said.\n'
    )
    cut = text.index("A Message")
    assert extract(text)
    assert all(claim.content["end"] <= cut for claim in extract(text))


def test_claims_of_the_agency_text() -> None:
    found = extract(texts.AGENCY)
    text = from_text(texts.AGENCY).text
    for claim in found:
        check_offsets(claim, text)
        assert claim.kind in KINDS
        assert claim.modality in MODALITIES
    by_source: dict[str | None, list[Claim]] = {}
    for claim in found:
        by_source.setdefault(claim.source["name"], []).append(claim)
    assert set(by_source) == {
        "Tomas Arrel", "Ilse Venning", "Sorrel Watch", "Velma Hospital Network"
    }  # fmt: skip
    assert {c.source["role"] for c in by_source["Tomas Arrel"]} == {"Interior Minister"}
    assert {c.time["value"] for c in by_source["Tomas Arrel"]} == {"2021-03-04"}
    assert {c.source["organisation"] for c in by_source["Ilse Venning"]} == {
        "Halden Mine Clearance Trust"
    }
    (dead,) = by_source["Velma Hospital Network"]
    assert dead.kind == "casualties"
    assert dead.slots["quantities"][0]["lower"] == 1200
    assert dead.slots["quantities"][0]["upper"] is None


def test_json_has_exactly_the_agreed_keys() -> None:
    claim = extract("Mara Lind said on Monday that the valley is mined.")[0].to_json()
    assert list(claim) == [
        "claim", "document", "story", "kind", "modality", "stance", "nested", "source", "cue",
        "content", "parts", "time", "slots", "restricted", "restricted_because",
    ]  # fmt: skip
    assert list(claim["source"]) == ["text", "start", "end", "name", "role", "organisation"]
    assert list(claim["cue"]) == list(claim["content"]) == ["text", "start", "end"]
    assert claim["time"] == {"value": None, "precision": None}


def test_ids_are_stable_and_unique() -> None:
    first, again = extract(texts.AGENCY, "x"), extract(texts.AGENCY, "elsewhere")
    assert [c.claim for c in first] == [c.claim for c in again]
    assert len({c.claim for c in first}) == len(first)


def test_document_outside_all_stories_is_refused() -> None:
    with pytest.raises(ValueError, match="stands in no story"):
        claims([from_text("a", path="lost")], [])


def test_undated_copy_takes_the_day_of_its_story_and_says_so() -> None:
    documents = [
        from_text(texts.AGENCY, path="dated"),
        from_text(texts.PARAPHRASED, path="year missing"),
    ]
    found = claims(documents, stories(documents))
    (first, *_) = [c for c in found if c.document == "year missing"]
    assert first.time == {"value": "2021-03-04", "precision": "day"}
    assert "year of a dated copy" in first.slots["time_basis"]


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("The army denied that it used mines.", "denied"),
        ('"We never used mines," the army said.', "denied"),
        ("The group accused the army of laying mines.", "alleged"),
        ("The minister claimed that mines were used.", "alleged"),
        ("The minister announced that the road is open.", "announced"),
        ("The minister said the use would violate the treaty.", "conditional"),
        ("The minister said the road is open.", "asserted"),
    ],
)
def test_modality(text: str, modality: str) -> None:
    assert [c.modality for c in extract(text)] == [modality]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("nine people were killed", "casualties"),
        ("the mines self-destruct within two weeks", "device_behaviour"),
        ("the state ratified the treaty", "treaty_position"),
        ("teams cleared the road", "clearance"),
        ("the fields are contaminated", "contamination"),
        ("the state supplied its neighbour", "transfer"),
        ("the army keeps a stockpile", "stockpile"),
        ("the factory manufactures again", "production"),
        ("the stores were destroyed", "destruction"),
        ("soldiers used such weapons", "use"),
        ("it is a threat to farmers' children", "humanitarian_concern"),
        ("the sky is blue", "other"),
    ],
)
def test_kinds(content: str, kind: str) -> None:
    assert [c.kind for c in extract(f"Mara Lind said that {content}.")] == [kind]


@pytest.mark.parametrize(
    ("text", "lower", "upper", "unit"),
    [
        ("up to 50 feet", None, 15.24, "m"),
        ("two weeks", 1209600, 1209600, "s"),
        ("as little as four hours to two weeks", 14400, 1209600, "s"),
        ("four to six hours", 14400, 21600, "s"),
        ("more than 20,000 people", 20000, None, "1"),
        ("at least 3 million mines", 3_000_000, None, "1"),
        ("between 10 and 20 hectares", 100_000, 200_000, "m2"),
        ("12.5 square kilometres", 12_500_000, 12_500_000, "m2"),
        ("within two weeks", None, 1_209_600, "s"),
        ("between four and six hours", 14_400, 21_600, "s"),
        ("four hours to two weeks", 14_400, 1_209_600, "s"),
        ("a fortnight", 1_209_600, 1_209_600, "s"),
        ("three months", 7_776_000, 7_776_000, "s"),
        ("less than a year", None, 31_536_000, "s"),
    ],
)
def test_quantities_in_si_with_bounds(
    text: str, lower: float | None, upper: float | None, unit: str
) -> None:
    (found,) = slots(f"It takes {text}.", (0, len(text) + 10))["quantities"]
    assert (found["lower"], found["upper"], found["unit"]) == (lower, upper, unit)


@pytest.mark.parametrize(
    "text",
    [
        "mines 5 metres apart",
        "two rows of mines with 10 metres between rows",
        "spaced at 2 metres",
        "a gap of 6 metres",
        "a lane of 8 metres",
        "4 mines per square metre, buried 10 cm deep",
        "they laid 400 mines",
    ],
)
def test_how_mines_lie_is_never_taken_up(text: str) -> None:
    assert "quantities" not in slots(text, (0, len(text)))


def test_ages_and_ordinals_are_no_durations() -> None:
    for text in ("a 12-year-old boy was hurt", "she is 12 years old", "not for a second season"):
        assert "quantities" not in slots(text, (0, len(text)))


def test_rough_durations_are_not_exact() -> None:
    text = "It takes about three days."
    (found,) = slots(text, (0, len(text)))["quantities"]
    assert (found["text"], found["exact"]) == ("about three days", False)


def test_words_between_the_parts_are_not_read() -> None:
    text = "mines killed, said the man of 40 years from Norway, people in Angola"
    first, last = (0, 12), (text.index("people"), len(text))
    found = slots(text, first, last)
    assert found["states"] == ["AGO"]
    assert "quantities" not in found


def test_stance_parts_and_nesting_are_carried() -> None:
    text = "Mara Lind hopes that the valley will be cleared."
    assert [claim.stance for claim in extract(text)] == ["wished"]
    text = "“The valley,” Mara Lind said, “is full of mines.”"
    for claim in extract(text):
        assert claim.stance == "stated"
        assert all(text[part["start"] : part["end"]] == part["text"] for part in claim.parts)
        assert "Lind" not in " ".join(part["text"] for part in claim.parts)
        assert claim.kind == kind_of(" ".join(part["text"] for part in claim.parts))
    nested = extract("Mara Lind said that Karl Weiss said that the valley is mined.")
    assert sorted(claim.nested for claim in nested) == [False, True]


def test_claims_are_read_back() -> None:
    for claim in extract(texts.AGENCY):
        assert Claim.from_json(claim.to_json()) == claim
    old = {k: v for k, v in claim.to_json().items() if k not in ("stance", "nested", "parts")}
    assert Claim.from_json(old).parts == (claim.content,)


def test_devices_and_states() -> None:
    text = "Norway and the U.S. sent cluster munitions and anti-personnel mines to Ukrainian forces"
    found = slots(text, (0, len(text)))
    assert found["devices"] == ["ap", "cmr"]
    assert found["states"] == ["NOR", "USA", "UKR"]


@pytest.mark.parametrize(
    ("text", "day", "value"),
    [
        ("said Wednesday", dt.date(2024, 11, 20), "2024-11-20"),
        ("said on Tuesday", dt.date(2024, 11, 20), "2024-11-19"),
        ("said last Wednesday", dt.date(2024, 11, 20), "2024-11-13"),
        ("said yesterday", dt.date(2024, 3, 1), "2024-02-29"),
        ("said on December 30", dt.date(2024, 1, 2), "2023-12-30"),
        ("said in June", dt.date(2024, 3, 1), "2023-06"),
        ("said last month", dt.date(2024, 1, 31), "2023-12"),
        ("said in 2022", None, "2022"),
        ("said on 3 May 2019", None, "2019-05-03"),
        ("said Wednesday", None, None),
        ("said", dt.date(2024, 1, 1), None),
        ("said Monday", dt.date(1, 1, 1), "0001-01-01"),
    ],
)
def test_times(text: str, day: dt.date | None, value: str | None) -> None:
    found = resolve(text, day)
    assert (None if found is None else found.value) == value
