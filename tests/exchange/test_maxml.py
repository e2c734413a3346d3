"""maXML is read tolerantly: what is not understood is kept and said, never guessed."""

from __future__ import annotations

import pytest

from landrelease.exchange import ExchangeError, Mapping, open_source

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><MineActionFieldReport xmlns="urn:made-up">'
    "<DocumentHeader><DocumentName>x</DocumentName><DocumentCoordinateReferenceSystem>"
    "<Datum>{datum}</Datum></DocumentCoordinateReferenceSystem></DocumentHeader>"
)
INFO = (
    "<FieldReportInfo><FieldReportName>Form 7</FieldReportName>"
    "<ReportingDate>2015-03-04</ReportingDate><ReportingPerson>Nobody Real</ReportingPerson>"
    "<VerifiedBy>Someone Else</VerifiedBy></FieldReportInfo>"
)


def corner(lat, lon, kind=""):
    told = f"<PointType>{kind}</PointType>" if kind else ""
    return f"<GeoPoint>{told}<Latitude>{lat}</Latitude><Longitude>{lon}</Longitude></GeoPoint>"


OUTLINE = (
    "<Place><Polygon>" + corner(44, 17) + corner(44, 18) + corner(45, 18) + "</Polygon></Place>"
)


def report(inner, item="Hazard", info=INFO):
    return f"<FieldReport>{info}<{item}>{inner}</{item}></FieldReport>"


def saved(path, *reports, datum="WGS 84"):
    body = HEAD.format(datum=datum) + "".join(reports) + "</MineActionFieldReport>"
    path.write_text(body, encoding="utf-8")
    return path


def typed(path, kind="hazards", **options):
    source = open_source(path, **options)
    mapping = Mapping.guess(kind, source.columns, source.hxl, aliases=source.aliases)
    (batch,) = mapping.typed(source)
    return source, batch


FIELDS = (
    "<LocalId>HA-7</LocalId><Hazard_Type>Suspected</Hazard_Type><Own><Deep>kept</Deep></Own>"
    '<Note lang="fr">texte</Note><Twice>1</Twice><Twice>2</Twice>'
)


def test_fields_are_found_and_all_else_is_kept(tmp_path):
    source, batch = typed(saved(tmp_path / "a.xml", report(FIELDS + OUTLINE)))
    assert (source.format, source.layer, source.row_count) == ("maXML", "Hazard", 1)
    assert batch.fields["source_id"] == ["HA-7"]
    assert batch.fields["type"] == ["SHA"]
    kept = batch.extra[0]
    assert kept["Own/Deep"] == "kept"
    assert (kept["Note"], kept["Note/@lang"]) == ("texte", "fr")
    assert (kept["Twice"], kept["Twice[2]"]) == ("1", "2")
    assert kept["FieldReportInfo/ReportingDate"] == "2015-03-04"
    assert kept["Place/Polygon/GeoPoint[3]/Latitude"] == "45"
    assert batch.geometry[0].bounds == (17, 44, 18, 45)
    assert batch.geometry[0].area == 0.5


def test_elements_that_name_persons_are_not_read_and_that_is_said(tmp_path):
    source, batch = typed(
        saved(tmp_path / "a.xml", report(FIELDS + "<InformantName>X Y</InformantName>"))
    )
    assert not {"Nobody Real", "Someone Else", "X Y"} & set(batch.extra[0].values())
    (said,) = [p for p in source.problems if p.rule == "personal_left_out"]
    assert "ReportingPerson" in said.message
    assert "InformantName" in said.message


def test_items_of_several_kinds_must_be_chosen_from(tmp_path):
    path = saved(
        tmp_path / "a.xml", report("<LocalId>H1</LocalId>"),
        report("<LocalId>H2</LocalId>") + report("<LocalId>R1</LocalId>", "HazardReduction"),
    )  # fmt: skip
    with pytest.raises(ExchangeError, match=r"Hazard \(2\), HazardReduction \(1\)"):
        open_source(path)
    source, batch = typed(path, layer="Hazard")
    assert source.row_count == 2
    assert batch.fields["source_id"] == ["H1", "H2"]
    assert typed(path, "activities", layer="HazardReduction")[1].fields["source_id"] == ["R1"]
    with pytest.raises(ExchangeError, match="no item"):
        open_source(path, layer="Victim")


def test_batches_are_bounded_and_in_order(tmp_path):
    path = saved(tmp_path / "a.xml", *(report(f"<LocalId>H{i}</LocalId>") for i in range(7)))
    batches = list(open_source(path).batches(3))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert [r for b in batches for r in b.rows.tolist()] == list(range(1, 8))
    assert [c for b in batches for c in b.columns["LocalId"]] == [f"H{i}" for i in range(7)]


@pytest.mark.parametrize(
    ("place", "kind", "rule"),
    [
        (corner(44, 17), "Point", None),
        ("", None, None),
        (corner(44, 17) + corner(45, 17), None, "place_not_understood"),
        (corner("44 30 N", 17), None, "place_not_understood"),
        (corner(144, 17), None, "place_not_understood"),
        ("<P><Latitude>44</Latitude></P>", None, "place_not_understood"),
        (
            "<Polygon>" + corner(44, 17, "Reference point") + corner(44, 18) + corner(45, 18)
            + corner(45, 17) + "</Polygon>",
            None, "place_not_understood",
        ),
        ("<Polygon>" + corner(44, 17) + corner(44, 18) + "</Polygon>", None,
         "place_not_understood"),
        (corner(40, 10, "Reference point") + OUTLINE, "Polygon", None),
        (OUTLINE + OUTLINE.replace("44", "46").replace("45", "47"), "MultiPolygon", None),
    ],
)  # fmt: skip
def test_a_place_is_understood_or_left_out_and_said(tmp_path, place, kind, rule):
    path = saved(tmp_path / "a.xml", report(f"<LocalId>H</LocalId><Geo>{place}</Geo>"))
    _, batch = typed(path)
    shape = batch.geometry[0]
    assert (None if shape is None else shape.geom_type) == kind
    assert [p.rule for p in batch.problems if p.rule == "place_not_understood"] == (
        [rule] if rule else []
    )


def test_another_datum_gives_no_place(tmp_path):
    source, batch = typed(saved(tmp_path / "a.xml", report(FIELDS + OUTLINE), datum="Pulkovo 1942"))
    assert "datum_not_wgs84" in [p.rule for p in source.problems]
    assert batch.geometry[0] is None
    assert batch.extra[0]["Place/Polygon/GeoPoint/Latitude"] == "44"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<gml><a/></gml>", "no FieldReport"),
        ("no xml", "no readable XML"),
        ("<MineActionFieldReport><FieldReport><Hazard><A>1</A>", "cut off"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><MineActionFieldReport/>', "entities"),
    ],
)
def test_what_is_no_maxml_is_refused_in_a_sentence(tmp_path, text, said):
    path = tmp_path / "a.xml"
    path.write_text(text)
    with pytest.raises(ExchangeError, match=said):
        open_source(path)
