"""Place names: found where they are places, resolved by what the text says."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landrelease.evidence import EvidenceError, from_text
from landrelease.evidence.places import (
    Entry,
    Gazetteer,
    Place,
    Unit,
    places,
    stored,
    with_units,
    world,
)
from landrelease.evidence.places.gazetteer import key, kilometres

ROOT = Path(__file__).resolve().parents[2]


def named(text: str, words: str, **options: object) -> Place:
    """The only place found under these words."""
    found = [place for place in places(text, **options) if place.text == words]  # type: ignore[arg-type]
    assert found, (words, [place.text for place in places(text, **options)])  # type: ignore[arg-type]
    assert len({place.id for place in found}) == 1
    return found[0]


def words_of(text: str) -> list[str]:
    return [place.text for place in places(text, language="en") if place.kind == "name"]


# --- Keys and gazetteer ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "looked_up"),
    [
        ("Côte d’Ivoire", "cote divoire"),
        ("St. Petersburg", "st petersburg"),
        ("Saint-Denis", "st denis"),
        ("The Gambia", "gambia"),
        ("Łódź", "lodz"),
        ("Київ", "київ"),
        ("Чернігів", "чернігів"),
        ("أربيل", "اربيل"),
        ("U.S.", "us"),
        ("", ""),
    ],
)
def test_keys(written: str, looked_up: str) -> None:
    assert key(written) == looked_up


def test_a_gazetteer_in_a_file_is_the_one_in_memory(tmp_path: Path) -> None:
    one = Entry("geonames:1", "Upper Olburg", 48.5, 31.25, "UA", "UA.05", "", "city", 900, True)
    area = Entry(
        "geonames-admin:UA.05", "Olburg Oblast", 48.0, 31.0, "UA", "UA.05", "", "admin1", 0
    )
    made = Gazetteer([(one, [("Upper Olburg", 0), ("Ольбург", 1)]), (area, [("Olburg", 2)])])
    path = tmp_path / "folder" / "places-1.bin"
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "places-0.bin").write_bytes(b"of an older version")
    stored.write(made, path)
    assert [file.name for file in path.parent.iterdir()] == ["places-1.bin"]
    kept = stored.Stored(path)
    for name in ("upper olburg", "ольбург", "olburg", "nowhere", "", "\ud800"):
        assert kept.look(name) == made.look(name)
        assert kept.longest(name.partition(" ")[0]) == made.longest(name.partition(" ")[0])
    assert kept.area("UA.05") == area
    assert kept.area("UA.06") is None
    (first,), (again,) = kept.look("upper olburg"), kept.look("ольбург")
    assert first.entry is again.entry


def test_a_damaged_file_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    entry = Entry("geonames:1", "Olburg", 48.5, 31.25, "UA", "", "", "city", 900)
    built = []

    def build() -> Gazetteer:
        built.append(1)
        return Gazetteer([(entry, [("Olburg", 0)])])

    assert stored.world(build).look("olburg")[0].entry == entry
    assert stored.world(build).look("olburg")[0].entry == entry
    assert len(built) == 1
    (path,) = (tmp_path / "landrelease").glob("places-*.bin")
    data = bytearray(path.read_bytes())
    data[-9] ^= 1
    for damaged in (bytes(data), bytes(data[:-8]), b"{}\n", b""):
        path.write_bytes(damaged)
        assert stored.world(build).look("olburg")[0].entry == entry
    assert len(built) == 5


def test_without_a_folder_to_write_into_it_is_built_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    made = Gazetteer([])
    assert stored.world(lambda: made) is made


def test_the_gazetteer_has_every_level() -> None:
    features = {"Africa": "continent", "Angola": "country", "Louisiana": "admin1",
                "Rapides Parish": "admin2", "Kherson": "city", "Sahel": "region",
                "Black Sea": "sea"}  # fmt: skip
    for name, feature in features.items():
        assert feature in {sense.entry.feature for sense in world().look(key(name))}, name


def test_every_point_lies_on_earth() -> None:
    for senses in world().senses.values():
        for sense in senses:
            assert abs(sense.entry.latitude) <= 90
            assert abs(sense.entry.longitude) <= 180


def test_distance() -> None:
    assert kilometres((0, 0), (0, 180)) == pytest.approx(20015.1, abs=0.1)
    assert kilometres((52, 5), (52, 5)) == 0


# --- Finding --------------------------------------------------------------------------------------


def test_persons_are_no_places() -> None:
    text = (
        "Paris Hilton met Mr. Jordan in Geneva. Sheila D. Houston, 41, said nothing. "
        "Houston laughed. Gen. Lloyd Austin left."
    )
    assert words_of(text) == ["Geneva"]


def test_countries_that_are_also_first_names() -> None:
    assert words_of("Deminers from Jordan and Chad travelled to Iraq.") == [
        "Jordan",
        "Chad",
        "Iraq",
    ]


def test_plain_words_are_no_places() -> None:
    assert (
        words_of("Police said the school was closed. Mobile teams read a report. Nice work.") == []
    )


def test_peoples_are_adjectives_and_stand_for_their_country() -> None:
    found = places("Ukrainian deminers spoke with Cambodians in Vientiane.", language="en")
    assert [(p.text, p.kind, p.country) for p in found] == [
        ("Ukrainian", "adjective", "UA"),
        ("Cambodians", "adjective", "KH"),
        ("Vientiane", "name", "LA"),
    ]


def test_spans_of_long_and_abbreviated_names() -> None:
    text = "They met in Bosnia and Herzegovina, in St. Petersburg, Fla., and in Walker County."
    assert words_of(text) == ["Bosnia and Herzegovina", "St. Petersburg", "Fla.", "Walker County"]


def test_postal_codes_only_behind_a_place() -> None:
    assert words_of("The team flew to Springfield, IL, OR so they said.") == ["Springfield", "IL"]


def test_a_road_is_no_town() -> None:
    found = places("He lives in Ohio, at 2517 Memphis Street.", language="en")
    assert all(place.id != "geonames:4641239" for place in found)
    assert not [place for place in found if place.text == "Memphis"]


def test_us_is_not_us() -> None:
    assert words_of("They told us in the US that the U.S. had paid us.") == ["US", "U.S."]


# --- Resolving ------------------------------------------------------------------------------------


def test_the_container_decides() -> None:
    assert named("A man from Paris, Texas, was held.", "Paris").admin1 == "US.TX"
    assert named("A man from Paris, France, was held.", "Paris").country == "FR"
    assert named("He moved to Alexandria, La., last year.", "Alexandria").admin1 == "US.LA"


def test_one_sense_in_a_text_unless_it_says_otherwise() -> None:
    text = "Fire broke out in Paris, Texas, on Sunday. Paris police said so. People left Paris."
    assert named(text, "Paris").admin1 == "US.TX"
    both = "A man from Paris, Texas, flew from Paris, France."
    found = [place.country for place in places(both, language="en") if place.text == "Paris"]
    assert found == ["US", "FR"]


def test_neighbours_decide() -> None:
    text = "Deminers work in Córdoba, Montería, Ituango and Medellín, said the office in Bogotá."
    assert named(text, "Córdoba", language="en").country == "CO"


def test_the_publisher_s_home_helps() -> None:
    text = "A fire in Springfield was put out."
    assert named(text, "Springfield", home="US.MA").admin1 == "US.MA"
    assert named(text, "Springfield", home=(39.8, -89.6)).admin1 == "US.IL"


def test_said_districts_are_districts() -> None:
    place = named("Mines were found in Kharkiv Oblast on Monday.", "Kharkiv Oblast")
    assert (place.feature, place.country) == ("admin1", "UA")
    assert named("Mines were found in Kherson on Monday.", "Kherson").feature == "city"


def test_alternatives_are_named_and_less_likely() -> None:
    place = named("A fire in Springfield was put out.", "Springfield")
    assert len(place.alternatives) > 2
    assert all(0 < other.confidence <= place.confidence for other in place.alternatives)
    assert place.id not in {other.id for other in place.alternatives}
    assert place.confidence < named("A fire in Springfield, Mo., was put out.",
                                    "Springfield").confidence  # fmt: skip


def test_units_of_a_workspace() -> None:
    units = [Unit("XX0101", "Qarvendal", 10.5, 20.25, "XX", ("Карвендаль",)),
             ("XX0102", "Old Ruvenholt", 10.75, 20.5)]  # fmt: skip
    gazetteer = with_units(units)
    found = places("Teams work in Qarvendal and in Old Ruvenholt.", gazetteer=gazetteer,
                   language="en")  # fmt: skip
    assert [(place.id, place.feature) for place in found] == [
        ("pcode:XX0101", "unit"), ("pcode:XX0102", "unit")]  # fmt: skip
    assert named("Сапери працюють у Карвендалі.", "Карвендалі", gazetteer=gazetteer,
                 language="uk").id == "pcode:XX0101"  # fmt: skip
    assert world().look(key("Qarvendal")) == []


@pytest.mark.parametrize("row", [("", "A", 1, 1), ("P", "", 1, 1), ("P", "A", 91, 0), ("P", "A"),
                                 ("P", "A", "north", 1), ("P", "A", float("nan"), 0)])  # fmt: skip
def test_units_without_code_name_or_point_are_refused(row: tuple[object, ...]) -> None:
    with pytest.raises(EvidenceError, match="unit"):
        with_units([row])


# --- Other languages ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("uk", "Сапери працювали в Херсоні, а делегація з Камбоджі прибула до Києва.",
         {"Херсоні": "UA", "Камбоджі": "KH", "Києва": "UA"}),
        ("ru", "Делегация из Боснии и Герцеговины была в Москве и Анголе.",
         {"Боснии и Герцеговины": "BA", "Москве": "RU", "Анголе": "AO"}),
        ("es", "Los equipos de Noruega trabajan en Antioquia y en Bogotá.",
         {"Noruega": "NO", "Antioquia": "CO", "Bogotá": "CO"}),
        ("fr", "Les équipes travaillent au Cambodge et à Genève, puis au Tchad.",
         {"Cambodge": "KH", "Genève": "CH", "Tchad": "TD"}),
        ("ar", "قال مسؤولون في الموصل إن الفرق تعمل في سوريا ووصل وفد إلى بغداد",
         {"الموصل": "IQ", "سوريا": "SY", "بغداد": "IQ"}),
    ],
)  # fmt: skip
def test_other_languages(language: str, text: str, expected: dict[str, str]) -> None:
    found = {place.text: place for place in places(text, language=language)}
    assert {words: found[words].country for words in expected} == expected
    assert all(place.confidence <= 0.8 for place in found.values())


# --- Any text -------------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    ["Paris", "Texas", ", ", "in ", "St. ", "County", "Highway", "61", "of", "'s", "’s", "-", "\n",
     "W.Va.", "U.S.", "(", "Jordan", "said", "Washington", "Херсоні", "الموصل", "\u202e", "\x00",
     "Lake", "Guinea", "Bissau", "D.", "New", "York", "\ud800", "Îİß", "Georgian", "a", " "]
)  # fmt: skip


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.text(max_size=200), st.lists(_PIECES, max_size=60).map(" ".join),
                 st.lists(_PIECES, max_size=60).map("".join)),
       st.sampled_from([None, "en", "uk", "ar"]))  # fmt: skip
def test_offsets_always_hold(text: str, language: str | None) -> None:
    end = 0
    for place in places(text, language=language):
        assert end <= place.start < place.end
        end = place.end
        assert text[place.start : place.end] == place.text
        assert 0 <= place.confidence <= place.found <= 1
        assert (place.id is None) == (place.latitude is None) == (place.longitude is None)
    assert end <= len(text)


def test_the_same_text_gives_the_same_places() -> None:
    text = "Teams from Norway reached Springfield, Ill., then Paris and Alexandria."
    assert places(text) == places(text)


def test_what_is_set_apart_is_passed_over() -> None:
    document = from_text(
        "KYIV, Nov 21 (AFP) – Deminers came back from Kherson on Thursday, officials said.\n\n"
        "Donate now to support our newsroom in Geneva. Your gift helps readers like you.\n"
    )
    found = places(document)
    assert "Kherson" in [place.text for place in found]
    for place in found:
        assert not any(start < place.end and place.start < end for start, end, kind
                       in document.boilerplate if kind != "place_line")  # fmt: skip


# --- The benchmark --------------------------------------------------------------------------------

_MADE = """<articles><article docid="1"><text><![CDATA[A man from Paris, Texas, was held. Georgian
police came.]]></text><toponyms count="3">
<toponym><start>11</start><end>16</end><phrase>Paris</phrase><gaztag><lat>33.66</lat><lon>-95.55</lon>
</gaztag></toponym>
<toponym><start>18</start><end>23</end><phrase>Texas</phrase><gaztag><lat>31.2</lat><lon>-99.2</lon>
</gaztag></toponym>
<toponym><start>35</start><end>43</end><phrase>Georgian</phrase></toponym>
</toponyms></article></articles>"""


def _lgl() -> object:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        from evidence_corpora import lgl
    finally:
        sys.path.pop(0)
    return lgl


def test_the_scorer_counts_by_hand(tmp_path: Path) -> None:
    file = tmp_path / "made.xml"
    file.write_text(_MADE, encoding="utf-8")
    result = _lgl().score(file, argparse.Namespace(part="all"))  # type: ignore[attr-defined]
    scores = result["scores"]
    assert result["n"] == 1
    assert (scores["gold_names"], scores["gold_links"], scores["gold_without_point"]) == (3, 2, 1)
    assert scores["found_f1"] == 1.0
    assert scores["resolved_161km"] == 1.0
    assert scores["ceiling_161km"] == 1.0


def test_offsets_counted_from_one_are_shifted(tmp_path: Path) -> None:
    file = tmp_path / "made.xml"
    file.write_text(
        "<articles><article><source>s</source><text>Held in Angola.</text><locations><location>"
        "<name>Angola</name><start>9</start><end>15</end><lat>-12</lat><lon>18</lon></location>"
        "</locations></article></articles>",
        encoding="utf-8",
    )
    (article,) = _lgl().articles(file)  # type: ignore[attr-defined]
    assert (article.gold[0].start, article.gold[0].end) == (8, 14)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("corpus", "found", "resolved"), [("lgl", 0.80, 0.65), ("GeoVirus", 0.85, 0.75)]
)
def test_real_news(shared: Path, corpus: str, found: float, resolved: float) -> None:
    """The half that the weights were not tuned on."""
    run = subprocess.run(
        [sys.executable, ROOT / "benchmarks/evidence.py", "lgl",
         shared / f"data/geoparsing/{corpus}.xml", "--part", "odd", "--format", "json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    import json

    scores = json.loads(run.stdout)["scores"]
    assert scores["found_f1"] >= found
    assert scores["resolved_161km"] >= resolved
