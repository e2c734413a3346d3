"""Pages of the register show each caller what their tier and scope reach, and tell of nothing else.

What each caller is to see is worked out here from a table of the made-up records, not by asking the
program.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import mapbox_vector_tile
import pytest
import shapely
from calling import HOST, PASSWORD, person, service
from django.db import connection
from django.test import Client, override_settings
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from landrelease.cli.main import app
from landrelease.register import access, duplicates, same_as
from landrelease.register import workspace as workspaces
from landrelease.register.models import RECORDS, SuspectedDuplicate
from landrelease.register.people import Actor
from landrelease.register.roles import Grant, Role
from landrelease.web import session

PROFILE = """
name: scopes
title: Scopes
release: {{clearance_depth_cm: 20, surface_methods: []}}
checks: {{vertices_far_apart_m: 5000, sliver_m2: 100, overlap_m2: 1,
  parts_overlap_fraction: 0.009, declared_tolerance_fraction: 0.05}}
publication: {{hazard_warnings: {warnings}, restricted_namespaces: [military]}}
"""
#: Tier of each role, as people-and-roles says it; written down here once more.
TIERS = {
    Role.viewer: 1, Role.partner: 1, Role.administrator: 1, Role.data_entry: 2, Role.reviewer: 2,
    Role.approver: 2, Role.data_protection_officer: 2, Role.historic_entry: 2,
    Role.report_approver: 2,
}  # fmt: skip
NOTICE = "You see the records that your roles reach; others are not shown"


@dataclass(frozen=True)
class Made:
    """A made-up record: who holds it, from which tier on it is shown, and words that mark it."""

    plural: str
    number: int
    mark: str
    organisation: str = ""
    unit: str = ""
    tier: int = 1
    place: str = ""


#: Marks are no parts of one another, nor of anything else on a page.
MADE = (
    Made("hazards", 1, "Amarkone", "OP1", "PC1", place="17.1111"),
    Made("hazards", 2, "Bmarktwo", "OP2", "PC2", place="17.2222"),
    Made("hazards", 3, "Cmarkthree", "", "", place="17.3333"),
    Made("hazards", 4, "Dmarkfour", "OP1", "PC2", 2, place="17.4444"),
    Made("hazards", 5, "Emarkfive", "OP2", "PC1", place="17.5555"),
    Made("activities", 1, "Fmarksix", "OP1", "PC1"),
    Made("activities", 2, "Gmarkseven", "OP2", "PC2"),
    # Of another operator, about the first hazard.
    Made("activities", 3, "Hmarkeight", "OP2", "PC1"),
    Made("accidents", 1, "Imarknine", "", "PC1"),
    Made("accidents", 2, "Jmarkten", "", "PC2"),
    Made("evidence", 1, "Kmarkeleven", "", "PC1", 2),
    Made("evidence", 2, "Lmarktwelve", "", "PC2", 2),
)
#: Told in the remarks of the first hazard, which the restricted tier reads.
INFORMANT = "Qinformant"


def features(kind: str) -> list[tuple[Any, dict[str, Any], str]]:
    """Places, properties and namespaces of the made-up records of a type."""
    rows = []
    for one in (made for made in MADE if made.plural == kind):
        x = float(one.place or 17.05) + 0.00004
        where = {"unit": one.unit, "organisation": one.organisation}
        if kind in ("accidents", "evidence"):
            where.pop("organisation")
        # What another record calls a hazard is that record's own word: it is no mark.
        id_ = f"hz-{one.number}" if kind == "hazards" else one.mark
        base = {"source_id": id_, **{k: v for k, v in where.items() if v}}
        if kind == "hazards":
            rows.append((shapely.box(x, 44.1, x + 0.001, 44.101), {
                **base, "name": one.mark, "type": "CHA", "classes": "ap", "date": "2020-05-01",
                **({"remarks": f"told by {INFORMANT}"} if one.number == 1 else {}),
            }, "military" if one.tier == 2 else "survey"))  # fmt: skip
        elif kind == "activities":
            about = {1: "hz-1", 2: "hz-2", 3: "hz-1"}[one.number]
            rows.append((shapely.box(17.12, 44.2, 17.121, 44.201), {
                **base, "name": one.mark, "kind": "clearance", "hazard": about,
                "date": "2021-05-01",
            }, "survey"))  # fmt: skip
        elif kind == "accidents":
            rows.append((shapely.Point(17.15, 44.3), {
                **base, "date": "2021-02-01", "killed": 1, "hazard": "hz-1",
            }, "survey"))  # fmt: skip
        else:
            rows.append((None, {
                **base, "kind": "interview", "statement": f"{one.mark} said so",
                "date": "2021-02-01", "hazard": "hz-1",
            }, "survey"))  # fmt: skip
    return rows


def bring(folder, tmp_path, plural: str, rows) -> None:
    """Hand in records, file by file, the way a person does; each row is a file of its own."""
    for shape, properties, namespace in rows:
        file = tmp_path / f"{plural}-{uuid.uuid4().hex}.geojson"
        feature = {
            "type": "Feature",
            "geometry": None if shape is None else shape.__geo_interface__,
            "properties": properties,
        }
        file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
        command = ["-w", str(folder), "import", str(file), "--as", plural, "--accept"]
        options = ["--source", "a test", "--namespace", namespace]
        outcome = CliRunner().invoke(app, [*command, *options])
        assert outcome.exit_code == 0, outcome.output


def with_profile(folder, warnings: bool) -> None:
    (folder / "profile.yaml").write_text(PROFILE.format(warnings=str(warnings).lower()))
    config = folder / "landrelease.toml"
    config.write_text(config.read_text().replace('"default"', '"profile.yaml"'))
    connection.close()
    workspaces.open_workspace(folder)
    from landrelease.register import profile

    profile.load.cache_clear()


@pytest.fixture
def register(store, tmp_path):
    """The made-up register, with a general map for the public, served as a site."""
    with_profile(store.folder, warnings=True)
    bring(store.folder, tmp_path, "units", [
        (shapely.box(16, 43, 16.5, 43.5), {"source_id": name, "name": name, "level": 1}, "survey")
        for name in ("PC1", "PC2")
    ])  # fmt: skip
    bring(store.folder, tmp_path, "organisations", [
        (None, {"source_id": name, "name": f"Operator {name}", "kind": "operator"}, "survey")
        for name in ("OP1", "OP2")
    ])  # fmt: skip
    for kind in ("hazards", "activities", "accidents", "evidence"):
        bring(store.folder, tmp_path, kind, features(kind))
    with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST]):
        yield store


# --- what a caller is to see, from the table ------------------------------------------------------


def reaches(grants, made: Made, scopes=None) -> bool:
    """Whether somebody with these roles is to see a record."""
    if scopes is not None and "view" not in scopes:
        return False
    for grant in grants:
        tier = TIERS[grant.role]
        if scopes is not None and "view_restricted" not in scopes:
            tier = min(tier, 1)
        if tier < made.tier:
            continue
        if grant.organisation and grant.organisation != made.organisation:
            continue
        if grant.unit and unit_name(grant.unit) != made.unit:
            continue
        return True
    return False


def unit_name(uid: str) -> str:
    return str(RECORDS["unit"].objects.get(uid=uid).source_id)


def unit_uid(name: str) -> str:
    return str(RECORDS["unit"].objects.get(source_id=name).uid)


def pages() -> list[str]:
    """Every address of the register's pages that can hold something of a record."""
    found = ["/", "/statement/", "/balance/years/", "/reports/", "/duplicates/", "/map/",
             "/map/here/?box=17,44,18,45", "/trace/land:open:all@20/",
             "/trace/land:open:all@20/polygons/",
             "/trace/areas:hazards:all@20/"]  # fmt: skip
    for kind in ("hazards", "activities", "accidents", "evidence"):
        found += [f"/{kind}/", f"/{kind}/?alike=1"]
        found += [f"/{kind}/?hazard={number}" for number in range(1, 6)]
    for one in MADE:
        own = f"/{one.plural}/{one.number}/"
        found += [own, f"{own}history/", f"{own}history/?format=json",
                  f"{own}history/?known_at=30", f"{own}history/ground.geojson",
                  f"/{one.plural}/?q={one.mark[:6]}"]  # fmt: skip
    return [*found, "/duplicates/HA-1/HA-2/", "/duplicates/HA-1/HA-4/", "/duplicates/HA-1/HA-5/",
            "/duplicates/HA-1/HA-2/ground.geojson"]  # fmt: skip


def asking(grants, scopes=None):
    """Whoever asks holds these roles; the rest of a request is as ever."""
    actor = Actor("somebody", "OP1", authenticated=scopes is None, grants=tuple(grants))
    return patch.object(session, "_caller", lambda request: access.of(actor, scopes))


def bodies(grants, scopes=None, addresses=None) -> dict[str, tuple[int, str]]:
    browser = Client(HTTP_HOST=HOST)
    with asking(grants, scopes):
        answers = {address: browser.get(address, secure=True) for address in addresses or pages()}
    return {a: (r.status_code, r.content.decode()) for a, r in answers.items()}


def typed_back(body: str, address: str) -> str:
    """A page without what its reader has typed themselves, which it shows them again."""
    typed = re.search(r"[?&]q=(\w+)", address)
    return body.replace(typed[1], "") if typed else body


GRANTS = st.lists(
    st.tuples(
        st.sampled_from(sorted(TIERS)), st.sampled_from(["", "OP1", "OP2"]),
        st.sampled_from(["", "PC1", "PC2"]),
    ),
    max_size=3,
)  # fmt: skip
SCOPES = st.sampled_from(
    [None, None, frozenset({"view"}), frozenset({"view", "view_restricted"}), frozenset({"submit"})]
)


def test_no_page_holds_a_mark_of_a_record_that_its_reader_does_not_see(register):
    """For callers drawn at random: no body of any page, list, map or trace."""
    duplicates.look()
    addresses = pages()
    # Of hazards without a word, by their numbers alone.
    assert RECORDS["hazard"].objects.count() == 5

    @settings(
        max_examples=12,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )
    @given(drawn=GRANTS, scopes=SCOPES)
    def hold(drawn, scopes):
        grants = [Grant(r, o, unit_uid(u) if u else "") for r, o, u in drawn]
        found = bodies(grants, scopes, addresses)
        hidden = [made for made in MADE if not reaches(grants, made, scopes)]
        for address, (status, body) in found.items():
            # 400: a moment is asked for that has not come yet.
            assert status in (200, 302, 400, 403, 404), address
            for made in hidden:
                assert made.mark not in body.replace(f'value="{made.mark[:6]}"', ""), (
                    address, made, grants, scopes,
                )  # fmt: skip
                assert not made.place or made.place not in body, (address, made, grants, scopes)
        for made in MADE:
            status, body = found[f"/{made.plural}/{made.number}/"]
            assert (status == 200) == (made not in hidden), (made, grants, scopes)
            assert (status == 200) == (made.mark in body), (made, grants, scopes)
        # An empty list does not read as "none": either it is refused, or it says what it is.
        for kind in ("hazards", "activities", "accidents", "evidence"):
            status, body = found[f"/{kind}/"]
            own = [made for made in MADE if made.plural == kind and made not in hidden]
            assert len(re.findall(r'<th scope="row"><a href="/', body)) == len(own)
            if status == 200 and len(own) < len([m for m in MADE if m.plural == kind]):
                assert NOTICE in body

    hold()


# --- by role --------------------------------------------------------------------------------------


def listed(browser, plural: str) -> set[str]:
    return set(re.findall(r"[A-L]mark[a-z]+", browser.get(f"/{plural}/").content.decode()))


def test_each_role_sees_its_part_of_the_lists(register):
    everything = {made.mark for made in MADE if made.plural == "hazards"}
    open_ = everything - {"Dmarkfour"}
    pc1 = unit_uid("PC1")
    for role, tier in TIERS.items():
        whole = everything if tier == 2 else open_
        assert listed(person(f"{role}", Grant(role)), "hazards") == whole, role
        if role in (Role.administrator, Role.historic_entry, Role.report_approver):
            continue
        own = {"Amarkone", "Dmarkfour"} & whole
        assert listed(person(f"{role}-o", Grant(role, "OP1")), "hazards") == own, role
        own = {"Amarkone", "Emarkfive"}
        assert listed(person(f"{role}-u", Grant(role, "", pc1)), "hazards") == own, role
        own = {"Amarkone"}
        assert listed(person(f"{role}-b", Grant(role, "OP1", pc1)), "hazards") == own, role


def test_a_token_reads_as_far_as_it_was_issued(register):
    open_ = {"Amarkone", "Bmarktwo", "Cmarkthree", "Emarkfive"}
    assert listed(service("view"), "hazards") == open_
    assert listed(service("view", "view_restricted"), "hazards") == {*open_, "Dmarkfour"}
    assert listed(service("view", organisation="OP2"), "hazards") == {"Bmarktwo", "Emarkfive"}
    assert service("view").get("/evidence/").status_code == 403
    assert service("submit").get("/hazards/").status_code == 403


def test_strangers_are_led_to_the_sign_in_and_see_the_general_map_alone(register):
    browser = Client(HTTP_HOST=HOST)
    for address in ("/", "/hazards/", "/hazards/1/", "/hazards/1/history/", "/duplicates/",
                    "/statement/", "/reports/", "/trace/land:open:all@20/"):  # fmt: skip
        answer = browser.get(address, secure=True)
        assert (answer.status_code, answer["Location"][:15]) == (302, "/account/login/"), address
    assert browser.get("/tiles/0/0/0.mvt", secure=True).status_code == 200
    page = browser.get("/map/", secure=True).content.decode()
    assert 'data-hazards="' not in page


def test_an_organisation_of_which_nothing_is_on_record_gets_no_list_that_reads_as_none(register):
    api = person("nina", Grant(Role.viewer, "OP3"))
    page = api.get("/hazards/").content.decode()
    assert NOTICE in page
    assert "Nothing is on record here" not in page
    assert "None among the records that your roles reach" in page
    # Accidents name no organisation: such a role reads none of them, whatever there are.
    refused = api.get("/accidents/")
    assert refused.status_code == 403
    assert "none of your roles reads them" in refused.content.decode()


# --- fields, filters, links -----------------------------------------------------------------------


def test_fields_above_the_tier_are_neither_shown_nor_searched(register):
    viewer, reviewer = person("vera", Grant(Role.viewer)), person("rita", Grant(Role.reviewer))
    for address in ("/hazards/1/", "/hazards/1/history/?format=json"):
        assert INFORMANT not in viewer.get(address).content.decode()
        assert INFORMANT in reviewer.get(address).content.decode()
    assert "Remarks" not in viewer.get("/hazards/1/").content.decode()


def test_what_is_searched_is_what_is_shown(register, tmp_path):
    (register.folder / "profile.yaml").write_text(
        PROFILE.format(warnings="true")
        + "access: {tiers: {viewer: partner, reviewer: restricted},\n"
        "  fields: {hazard: {name: restricted, source_id: restricted, type: restricted}}}\n"
    )
    from landrelease.register import profile

    profile.load.cache_clear()
    viewer, reviewer = person("vera", Grant(Role.viewer)), person("rita", Grant(Role.reviewer))
    assert "HA-1" in viewer.get("/hazards/", {"q": "HA-1"}).content.decode()
    for words in ("Amarkone", "survey"):
        assert "/hazards/1/" not in viewer.get("/hazards/", {"q": words}).content.decode()
        assert "/hazards/1/" in reviewer.get("/hazards/", {"q": words}).content.decode()
    row = viewer.get("/hazards/").content.decode()
    assert "not shown" in row
    assert "Amarkone" not in row
    # Nor does the map paint what a field says that is not shown.
    for api, rank in ((viewer, 1), (reviewer, 3)):
        ranks = {shape["properties"]["rank"] for shape in drawn(api, "hazards_cells")}
        assert ranks == {rank}
    profile.load.cache_clear()


def test_related_records_are_those_of_the_reader(register):
    own = person("olga", Grant(Role.reviewer, "OP1")).get("/hazards/1/").content.decode()
    assert "Fmarksix" in own
    assert "Hmarkeight" not in own
    assert "None of your roles reads these" in own
    whole = person("rita", Grant(Role.reviewer)).get("/hazards/1/").content.decode()
    assert {"Fmarksix", "Hmarkeight", "Kmarkeleven", "Lmarktwelve"} <= set(
        re.findall(r"[A-L]mark[a-z]+", whole)
    )
    # A filter by a record that is not seen tells nothing, not even that there is one.
    api = person("otto", Grant(Role.viewer, "OP1"))
    assert api.get("/activities/?hazard=2").status_code == 404
    assert api.get("/activities/?hazard=99").status_code == 404


def test_pages_of_a_list_tell_of_no_rows_between(register):
    api = person("olga", Grant(Role.viewer, "OP1"))
    from landrelease.web import keyset

    with patch.object(keyset.page, "__kwdefaults__", {**keyset.page.__kwdefaults__, "size": 1}):
        page = api.get("/hazards/").content.decode()
        assert 'rel="next"' not in page, "one hazard is seen, though four follow or precede it"
        both = person("rita", Grant(Role.reviewer, "OP1"))
        assert 'rel="next"' in both.get("/hazards/").content.decode()
        assert "Dmarkfour" in both.get("/hazards/?after=1").content.decode()


def test_the_navigation_offers_what_its_reader_reaches(register):
    for api in (
        person("vera", Grant(Role.viewer)), person("olga", Grant(Role.reviewer, "OP1")),
        person("rita", Grant(Role.reviewer)), person("nora"),
    ):  # fmt: skip
        page = api.get("/about/").content.decode()
        nav = re.search(r"<nav aria-label.*?</nav>", page, re.DOTALL)
        assert nav is not None
        offered = re.findall(r'href="([^"]+)"', nav[0])
        home = re.search(r'class="brand" href="([^"]+)"', page)
        assert home is not None
        for address in (*offered, home[1]):
            assert api.get(address).status_code == 200, address


def test_after_signing_in_one_is_led_to_a_page_that_one_reaches(register):
    from landrelease.register import people

    for name, role, organisation, first in (
        ("rita", Role.reviewer, "", "/"), ("vera", Role.viewer, "", "/map/"),
        ("olga", Role.reviewer, "OP1", "/map/"),
    ):  # fmt: skip
        people.add(name, PASSWORD, organisation="Authority", grants=[Grant(role, organisation)])
        people.Person.objects.filter(user__username=name).update(must_change_password=False)
        browser = Client(HTTP_HOST=HOST)
        answer = browser.post("/account/login/", {"login": name, "password": PASSWORD}, secure=True)
        assert (answer.status_code, answer["Location"]) == (302, first), name
        assert browser.get(first, secure=True).status_code == 200, name


# --- sums -----------------------------------------------------------------------------------------


SUMS = ("/", "/balance/years/", "/statement/", "/reports/", "/trace/land:open:all@{seq}/")


def seq() -> int:
    from landrelease.register import knowledge

    return knowledge.head_seq()


def test_sums_over_the_register_are_refused_while_part_of_it_is_above_the_tier(register):
    viewer, rita = person("vera", Grant(Role.viewer)), person("rita", Grant(Role.reviewer))
    scoped = person("olga", Grant(Role.approver, "OP1"))
    for address in (one.format(seq=seq()) for one in SUMS):
        for api in (viewer, scoped):
            answer = api.get(address)
            assert answer.status_code == 403, address
            assert "a sum would tell of what you are not shown" in answer.content.decode()
        assert rita.get(address).status_code == 200, address


def test_whoever_sees_all_hazards_and_activities_sees_their_sums(store, tmp_path):
    bring(store.folder, tmp_path, "hazards", [
        row for row in features("hazards") if row[2] == "survey"
    ])  # fmt: skip
    with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST]):
        viewer = person("vera", Grant(Role.viewer))
        for address in (one.format(seq=seq()) for one in SUMS):
            assert viewer.get(address).status_code == 200, address
        trace = viewer.get(f"/trace/land:open:all@{seq()}/").content.decode()
        assert "Amarkone" in trace
        # Who handed in and decided, and files as received, are above the tier: named, not opened.
        assert "/submissions/" not in trace.split("<main", 1)[1]
        assert ".geojson</bdi>" not in trace
        assert "not shown" in trace
        assert viewer.get(f"/trace/ordnance:items:all@{seq()}/").status_code == 403
        scoped = person("olga", Grant(Role.viewer, "OP1"))
        for address in (one.format(seq=seq()) for one in SUMS):
            assert scoped.get(address).status_code == 403, address


# --- history --------------------------------------------------------------------------------------


def test_a_version_of_another_time_and_holder_is_withheld(register, tmp_path):
    """HA-2 passes from OP2 to OP1, and is then seen by OP1 from there on."""
    bring(register.folder, tmp_path, "hazards", [
        (shapely.box(17.6, 44.1, 17.602, 44.102), {
            "source_id": "hz-2", "name": "Bnewname", "type": "CHA", "classes": "ap",
            "date": "2021-06-01", "organisation": "OP1", "unit": "PC2"}, "survey"),
    ])  # fmt: skip
    accept_held(register.folder)
    hazard = RECORDS["hazard"].objects.get(id=2)
    assert (hazard.organisation_given, hazard.version) == ("OP1", 2)
    own = person("olga", Grant(Role.reviewer, "OP1"))
    page = own.get("/hazards/2/history/").content.decode()
    assert "lay outside what your roles reach" in page
    assert "Bnewname" in page
    for query in ("", "?one=1&other=2", "?format=json", "?at=2020-06-01", "?known_at=7"):
        for address in (f"/hazards/2/history/{query}", f"/hazards/2/history/ground.geojson{query}"):
            body = own.get(address).content.decode()
            # The name before, the holder before, and the place.
            assert "17.2222" not in body, address
            assert "OP2" not in body, address
            assert "Bmarktwo" not in body, address
    told = json.loads(own.get("/hazards/2/history/?format=json").content)["versions"]
    assert [one["withheld"] for one in told] == [True, False]
    assert (told[0]["fields"], told[0]["geometry"], told[0]["holds_from"]) == ({}, None, None)
    assert told[1]["changes"]["name"] == [None, "Bnewname"]
    whole = person("rita", Grant(Role.reviewer))
    assert "OP2" in whole.get("/hazards/2/history/").content.decode()
    # Who held it before no longer sees it.
    assert person("otto", Grant(Role.reviewer, "OP2")).get("/hazards/2/").status_code == 404


def accept_held(folder) -> None:
    """Two people accept what lowers caution, if anything of the last submission does."""
    from landrelease.register import decisions, people
    from landrelease.register.models import Submission

    last = Submission.objects.order_by("-id").first()
    assert last is not None
    if last.parts.filter(standing="held").exists():
        for name in ("ann", "ben"):
            actor = people.Actor(name, "Authority", authenticated=True, may_release=True)
            decisions.approve_held(last.receipt, actor)


# --- map ------------------------------------------------------------------------------------------


def drawn(api, layer: str, where: str = "0/0/0") -> list[dict[str, Any]]:
    answer = api.get(f"/tiles/{where}.mvt")
    assert answer.status_code == 200
    tile = mapbox_vector_tile.decode(answer.content)
    return list(tile.get(layer, {"features": []})["features"])


def counted(api) -> int:
    names = ("hazards_points", "hazards_cells")
    return sum(f["properties"]["count"] for name in names for f in drawn(api, name))


def test_a_tile_holds_the_records_of_its_reader_and_the_general_map_beneath(register):
    for name, grants, number in (
        ("rita", (Grant(Role.reviewer),), 5), ("vera", (Grant(Role.viewer),), 4),
        ("olga", (Grant(Role.reviewer, "OP1"),), 2), ("otto", (Grant(Role.viewer, "OP1"),), 1),
        ("nina", (Grant(Role.viewer, "OP3"),), 0),
    ):  # fmt: skip
        api = person(name, *grants)
        assert counted(api) == number, name
        assert bool(drawn(api, "hazards_general")) == (name != "rita"), name
    # The general map is the same for all: nobody learns from it which hazard they do not see.
    stranger = mapbox_vector_tile.decode(
        Client(HTTP_HOST=HOST).get("/tiles/9/280/186.mvt", secure=True).content
    )
    own = mapbox_vector_tile.decode(
        person("paul", Grant(Role.viewer, "OP1")).get("/tiles/9/280/186.mvt").content
    )
    assert own.get("hazards_general") == stranger.get("hazards_general")
    assert "hazards_points" not in stranger


def test_a_tile_that_was_kept_for_one_is_given_to_no_other(register):
    whole, own = person("rita", Grant(Role.reviewer)), person("olga", Grant(Role.viewer, "OP1"))
    other = person("otto", Grant(Role.viewer, "OP2"))
    for _ in range(2):
        assert [counted(api) for api in (whole, own, other)] == [5, 1, 2]
    tags = {api.get("/tiles/0/0/0.mvt")["ETag"] for api in (whole, own, other)}
    assert len(tags) == 3
    tag = whole.get("/tiles/0/0/0.mvt")["ETag"]
    assert whole.get("/tiles/0/0/0.mvt", If_None_Match=tag).status_code == 304
    assert own.get("/tiles/0/0/0.mvt", If_None_Match=tag).status_code == 200


def test_a_place_tells_what_its_reader_sees(register):
    box = "/map/here/?box=17,44,18,45"
    own = person("olga", Grant(Role.viewer, "OP1")).get(box).content.decode()
    assert set(re.findall(r"[A-L]mark[a-z]+", own)) == {"Amarkone", "Fmarksix"}
    assert "A hazard is on record in this cell" in own
    assert NOTICE in own
    whole = person("rita", Grant(Role.reviewer)).get(box).content.decode()
    assert "Dmarkfour" in whole
    assert NOTICE not in whole
    nowhere = "/map/here/?box=17.5555,44.1,17.5556,44.1001"
    beneath = person("otto", Grant(Role.viewer, "OP1")).get(nowhere).content.decode()
    assert "Emarkfive" not in beneath
    assert "None of the records that your roles reach lies at this place" in beneath
    assert "A hazard is on record in this cell" in beneath, "never a blank that reads as safe"


def test_without_a_general_map_who_reads_hazards_sees_them_and_is_told(store, tmp_path):
    with_profile(store.folder, warnings=False)
    bring(store.folder, tmp_path, "hazards", features("hazards"))
    with override_settings(LANDRELEASE_SITE=True, ALLOWED_HOSTS=[HOST]):
        api = person("olga", Grant(Role.viewer, "OP1"))
        page = api.get("/map/").content.decode()
        assert NOTICE in page
        assert "Ground without a mark may hold hazards" in page
        assert 'data-hazards="1"' in page
        assert counted(api) == 1
        assert not drawn(api, "hazards_general")
        for who in (person("nora"), service("submit")):
            for address in ("/map/", "/tiles/0/0/0.mvt", "/map/here/?box=17,44,18,45"):
                assert who.get(address).status_code == 403, address
        assert Client(HTTP_HOST=HOST).get("/map/", secure=True).status_code == 403


# --- duplicates -----------------------------------------------------------------------------------


def test_pairs_are_shown_of_which_the_reader_sees_both(register):
    uids = dict(RECORDS["hazard"].objects.values_list("id", "uid"))
    for other in (2, 4, 5):
        SuspectedDuplicate.objects.create(
            record_type="hazard", one_uid=uids[1], other_uid=uids[other], signs="source_id",
            iou=None, known_seq=seq(),
        )  # fmt: skip
    actor = Actor("ann", "Authority", authenticated=True, grants=(Grant(Role.reviewer),))
    hazards = {one.id: one for one in RECORDS["hazard"].objects.all()}
    same_as.link(hazards[1], hazards[5], actor, reason="Rreason of the reviewer")
    own = person("olga", Grant(Role.reviewer, "OP1"))
    page = own.get("/duplicates/").content.decode()
    assert "HA-4" in page
    assert not re.search(r"HA-[25]", page)
    assert "Rreason" not in page
    assert own.get("/duplicates/HA-1/HA-4/").status_code == 200
    for other in ("HA-2", "HA-5", "HA-99", "AC-2"):
        assert own.get(f"/duplicates/HA-1/{other}/").status_code == 404, other
        assert own.get(f"/duplicates/{other}/HA-1/ground.geojson").status_code == 404, other
    # A record that is linked to one that is not seen is not left out of the list in its favour.
    assert "Amarkone" in own.get("/hazards/").content.decode()
    assert "HA-5" not in own.get("/hazards/1/").content.decode()
    whole = person("rita", Grant(Role.reviewer))
    assert "Amarkone" not in whole.get("/hazards/").content.decode()
    assert "Rreason" in whole.get("/duplicates/").content.decode()
    assert own.post("/duplicates/look/", {}, "multipart/form-data").status_code in (400, 403)


# --- the one place below --------------------------------------------------------------------------


def test_pages_and_api_show_the_same_records(register):
    for name, grants in (
        ("vera", (Grant(Role.viewer),)), ("olga", (Grant(Role.reviewer, "OP1"),)),
        ("ursa", (Grant(Role.partner, "", unit_uid("PC1")),)), ("rita", (Grant(Role.reviewer),)),
    ):  # fmt: skip
        api = person(name, *grants)
        for plural in ("hazards", "activities"):
            answer = api.ask(f"/api/v1/records/{plural}")
            assert {one["name"] for one in answer["records"]} == listed(api, plural), name
            assert ("nothing here says that there are none" in answer["notice"]) == (name != "rita")


def test_a_restricted_record_takes_the_restricted_tier_in_every_way(register):
    viewer = person("vera", Grant(Role.viewer))
    assert viewer.get("/hazards/4/").status_code == 404
    assert viewer.get("/api/v1/records/hazards/4").status_code == 404
    assert viewer.get("/api/v1/ogc/collections/hazards/items/4").status_code == 404
    found = viewer.ask("/api/v1/ogc/collections/hazards/items")
    assert found["numberMatched"] == 4
    record = RECORDS["hazard"].objects.get(id=4)
    caller = access.of(Actor("vera", "", authenticated=True, grants=(Grant(Role.viewer),)))
    verdict = access.may(caller, "view", record)
    assert not verdict
    assert "tier restricted" in verdict.reasons[0]
    assert access.may(
        access.of(Actor("rita", "", authenticated=True, grants=(Grant(Role.reviewer),))),
        "view", record,
    )  # fmt: skip
