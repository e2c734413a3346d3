"""What phones send: once, twice, changed, out of order, at once; read by the version it names."""

from __future__ import annotations

import json
import random

import answering
import pytest
import registering
import shapely
import working
from answering import OFFICE, PHOTO, SECRETS, accept_all, accident, answer, hazard, send
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registering import snapshot, verified
from test_personal_data import everything_written, in_clear

from landrelease.exchange.forms import instances, publishing, receiving
from landrelease.exchange.forms.catalogue import FORMS
from landrelease.register import decisions, erasures, field_forms, kept, seal, sealed_rows
from landrelease.register.errors import RegisterError
from landrelease.register.field_forms import Attachment
from landrelease.register.models import (
    RECORDS,
    Accident,
    Activity,
    Evidence,
    FieldAttachment,
    FieldInstance,
    Hazard,
    JournalEntry,
    PersonKey,
    Submission,
    SubmissionFinding,
    Victim,
)
from landrelease.register.workspace import open_workspace

#: Vertices are kept in whole millimetres; this is one, in degrees.
NEAR = 1e-8


def findings(receipt, record):
    submission = Submission.objects.get(receipt=receipt.submissions[record])
    return {f.rule: f for f in submission.findings.all()}


# --- taken in -------------------------------------------------------------------------------------


def test_a_hazard_arrives_in_the_inbox_and_nothing_is_decided(programme):
    before = JournalEntry.objects.count()
    receipt = send(hazard(), PHOTO)
    assert receipt.state == "read"
    assert not receipt.repeated
    assert receipt.attachments == 1
    assert set(receipt.submissions) == {"hazard", "evidence"}
    assert receipt.receipt == receipt.submissions["hazard"]
    for one in Submission.objects.filter(receipt__in=receipt.submissions.values()):
        assert one.state == Submission.CHECKED
        assert one.submitter == "team-3"
    assert Hazard.objects.count() == 0, "a person decides"
    assert JournalEntry.objects.count() == before


def test_every_answer_is_found_again_in_the_record(programme):
    receipt = send(hazard())
    accept_all(receipt)
    record = Hazard.objects.get()
    assert (record.name, record.type, record.classes) == ("North field", "SHA", "ap|erw")
    assert str(record.date_start) == str(record.date_end) == "2026-03-14"
    assert record.declared_m2 == "5500.5"
    assert record.unit_given == "N1A"
    assert record.unit_uid
    assert record.organisation_uid
    assert record.location_origin == "measured"
    assert record.geometry_state == "valid"
    walked = shapely.Polygon([(-20, -20), (-20, -19.999), (-19.999, -19.999)])
    assert shapely.hausdorff_distance(record.geometry, walked) < NEAR
    extra = json.loads(record.extra)
    assert extra["local_id"] == "T3-17"
    assert extra["owner"] == "public"
    assert extra["houses"] == 3
    assert extra["accuracy_m"] == "5"
    assert extra["vertex_accuracies_m"] == "4.5 3 5 4.5"
    sign = Evidence.objects.get()
    assert sign.hazard_uid == record.uid
    assert (sign.kind, sign.channel) == ("verbal_report", "verbal")
    assert sign.unit_given == "N1A"
    assert str(sign.date_start) == "2026-03-10"
    verified()


def test_the_original_is_kept_to_the_byte(programme):
    xml = hazard()
    receipt = send(xml, PHOTO)
    instance = FieldInstance.objects.get()
    assert kept.read(Submission.objects.get(receipt=receipt.receipt).kept) == xml
    assert field_forms.original(instance) == xml
    assert field_forms.attachment_bytes(instance.attachments.get()) == PHOTO.data
    assert not instance.holder.sealed


def test_no_safe_position_leaves_the_centre_of_the_community_marked_as_such(programme):
    """The phone fills in the centre; the form says how (see test_client)."""
    receipt = send(
        hazard(
            changes={
                "place/geo_safe": "no", "place/placed_by": "", "place/shape": "",
                "place/centroid": "-19.999000 -19.999000",
            }
        )
    )  # fmt: skip
    accept_all(receipt)
    record = Hazard.objects.get()
    assert record.location_origin == "centroid"
    assert record.geometry.distance(shapely.Point(-19.999, -19.999)) < NEAR
    assert record.area_mm2 is None, "a centre is no area"
    found = findings(receipt, "hazard")
    assert "not the place itself" in found["place_is_centroid"].message
    assert "accuracy_m" not in json.loads(record.extra)


def test_a_boundary_that_crosses_itself_is_a_finding_and_not_refused(programme):
    bow_tie = "-20 -20;-19.999 -19.999;-20 -19.999;-19.999 -20;-20 -20"
    receipt = send(hazard(changes={"place/shape": bow_tie}))
    assert receipt.state == "read"
    assert findings(receipt, "hazard")["invalid_ring"].severity == "error"
    accept_all(receipt)
    record = Hazard.objects.get()
    assert record.geometry_state == "invalid"
    assert record.location_origin == "digitised"


def test_a_line_stays_a_line(programme):
    receipt = send(
        hazard(
            changes={
                "place/placed_by": "trace", "place/shape": "",
                "place/trace": "-20 -20 0 3;-19.999 -20 0 4",
            }
        )
    )  # fmt: skip
    accept_all(receipt)
    record = Hazard.objects.get()
    assert record.geometry_state == "not_an_area"
    assert record.geometry.geom_type == "LineString"


def test_a_spot_task_releases_nothing_and_its_items_belong_to_it(programme):
    hazard_receipt = send(hazard())
    accept_all(hazard_receipt)
    receipt = send(
        answer(
            "eod_spot",
            {
                "about/hazard": "HA-1", "about/date": "2026-04-02", "about/organisation": "OP1",
                "place/unit_1": "N", "place/geo_safe": "yes", "place/placed_by": "point",
                "place/point": "-19.9995 -19.9995 3 6",
            },
            repeats={
                "ordnance": [
                    {"row_id": "o1", "ordnance_ordnance_class": "erw", "ordnance_quantity": "2",
                     "ordnance_condition": "destroyed",
                     "ordnance_point": "-19.9995 -19.9995 3 6"},
                    {"row_id": "o2", "ordnance_ordnance_class": "ap"},
                ]
            },
            instance_id="uuid:spot",
        )
    )  # fmt: skip
    accept_all(receipt)
    activity = Activity.objects.get()
    assert activity.kind == "eod_spot"
    assert activity.result is None
    assert activity.hazard_uid == Hazard.objects.get().uid
    items = list(RECORDS["ordnance"].objects.order_by("source_id"))
    assert [item.activity_uid for item in items] == [activity.uid] * 2
    assert [item.hazard_uid for item in items] == [activity.hazard_uid] * 2
    assert [str(item.date_start) for item in items] == ["2026-04-02"] * 2
    assert [item.quantity for item in items] == [2, None], "not counted is not one, and not none"
    assert json.loads(items[0].extra)["accuracy_m"] == "6"
    verified()


def test_an_item_without_a_class_is_kept_as_a_rejected_row(programme):
    receipt = send(
        answer(
            "eod_spot",
            {"about/date": "2026-04-02"},
            repeats={"ordnance": [{"row_id": "o1", "ordnance_quantity": "2"}]},
        )
    )
    submission = Submission.objects.get(receipt=receipt.submissions["ordnance"])
    (rejected,) = submission.rejected.all()
    assert sealed_rows.rejected_cells(rejected)["quantity"] == "2"


def test_education_keeps_the_four_groups_apart(programme):
    """A published form once swapped adults and children of both sexes by swapped labels."""
    receipt = send(
        answer(
            "education",
            {"about/women": "1", "about/men": "2", "about/girls": "3", "about/boys": "4",
             "about/date": "2026-05-05", "about/method": "interpersonal"},
        )
    )  # fmt: skip
    accept_all(receipt)
    record = RECORDS["education_session"].objects.get()
    assert (record.women, record.men, record.girls, record.boys) == (1, 2, 3, 4)
    assert record.sex_age_unknown is None
    assert record.total is None


def test_completion_and_quality_visit(programme):
    receipt = send(
        answer(
            "activity",
            {"about/kind": "clearance", "about/report": "completion", "about/result": "cleared",
             "about/method": "manual", "about/classes": "ap", "about/depth_cm": "20",
             "about/started": "2026-01-10", "about/date": "2026-04-02", "about/status": "completed",
             "about/released_m2": "5400", "place/geo_safe": "yes", "place/placed_by": "shape",
             "place/shape": answering.WALKED},
            instance_id="uuid:work",
        )
    )  # fmt: skip
    accept_all(receipt)
    work = Activity.objects.get()
    assert (work.kind, work.report, work.result) == ("clearance", "completion", "cleared")
    assert work.geometry_state == "valid"
    receipt = send(
        answer("quality_visit", {"about/activity": work.ref, "about/result": "passed",
                                 "about/date": "2026-04-10"}, instance_id="uuid:visit")
    )  # fmt: skip
    accept_all(receipt)
    visit = RECORDS["quality_visit"].objects.get()
    assert visit.activity_uid == work.uid
    assert visit.result == "passed"


# --- twice, changed, out of order -----------------------------------------------------------------


def test_the_same_form_again_changes_nothing(programme):
    xml = hazard()
    first = send(xml, PHOTO)
    before = (snapshot(), Submission.objects.count(), FieldAttachment.objects.count())
    again = send(xml, PHOTO)
    assert again.repeated
    assert (again.receipt, again.submissions) == (first.receipt, first.submissions)
    assert again.attachments == 0
    assert (snapshot(), Submission.objects.count(), FieldAttachment.objects.count()) == before


def test_after_the_decision_too(programme):
    xml = hazard()
    accept_all(send(xml))
    before = snapshot()
    assert send(xml).repeated
    assert snapshot() == before


def test_attachments_may_come_later_with_the_same_form(programme):
    xml = hazard()
    send(xml, PHOTO)
    more = send(xml, Attachment("sketch.png", "image/png", b"\x89PNG made-up"))
    assert more.repeated
    assert more.attachments == 1
    other = send(xml, Attachment("photo.jpg", "image/jpeg", b"another picture"))
    assert other.attachments == 1, "another picture of the same name is kept beside the first"
    names = FieldAttachment.objects.order_by("id").values_list("name", flat=True)
    assert list(names) == ["photo.jpg", "sketch.png", "photo.jpg"]


@pytest.mark.parametrize("form", [hazard, accident])
def test_a_picture_that_has_not_come_is_told_until_it_comes(programme, form):
    xml = form(changes={"photo": PHOTO.name})
    first = send(xml)
    assert first.missing == 1
    finding = SubmissionFinding.objects.get(rule="attachment_missing")
    assert finding.submission.receipt == first.receipt
    assert PHOTO.name not in finding.message
    assert send(xml, Attachment("other.jpg", "image/jpeg", b"other")).missing == 1
    assert SubmissionFinding.objects.filter(rule="attachment_missing").count() == 1
    assert send(xml, PHOTO).missing == 0
    assert not SubmissionFinding.objects.filter(rule="attachment_missing").exists()
    assert send(form(instance_id="uuid:none")).missing == 0


def test_a_known_id_with_other_content_is_kept_and_flagged(programme):
    first = send(hazard())
    other_xml = hazard(changes={"about/type": "CHA", "about/name": "South field"})
    other = send(other_xml)
    assert other.state == "conflict"
    assert other.receipt != first.receipt
    assert send(other_xml).receipt == other.receipt, "and that one, too, only once"
    assert send(hazard()).receipt == first.receipt
    kept_ = Submission.objects.get(receipt=other.receipt)
    assert kept_.state == Submission.RECEIVED
    assert kept_.findings.get().rule == "instance_conflict"
    assert kept.read(kept_.kept) == other_xml
    accept_all(first)
    assert Hazard.objects.get().name == "North field", "nothing was overwritten"
    with pytest.raises(RegisterError, match="only a checked submission"):
        decisions.accept_submission(other.receipt, OFFICE)


def test_a_person_may_read_a_conflict_as_a_record_of_its_own(programme):
    accept_all(send(hazard()))
    other = send(hazard(changes={"about/name": "South field"}))
    taken = receiving.take(other.receipt, OFFICE)
    assert taken.state == FieldInstance.READ
    for one in taken.submissions.exclude(id=taken.holder_id).order_by("id"):
        decisions.accept_submission(one.receipt, OFFICE)
    assert sorted(Hazard.objects.values_list("name", flat=True)) == ["North field", "South field"]
    assert Evidence.objects.count() == 2
    with pytest.raises(RegisterError, match="no form in conflict"):
        receiving.take(other.receipt, OFFICE)
    with pytest.raises(RegisterError, match="no form in conflict"):
        receiving.take("20260101-00000000", OFFICE)
    verified()


def test_what_is_read_of_a_conflict_counts_as_handed_in_by_whoever_sent_it(programme):
    """Rule 14: neither of the two people is the one who recorded it, whoever reads the form."""
    send(hazard())
    other = send(hazard(changes={"about/name": "South field"}))
    taken = receiving.take(other.receipt, OFFICE)
    assert {one.submitter for one in taken.submissions.all()} == {answering.TEAM.name}


def test_a_correction_of_what_was_decided_meanwhile_is_compared_anew(programme):
    """Form and correction come on one evening, before anybody decided on the form."""
    first = send(hazard())
    second = send(hazard(changes={"about/type": "CHA"}, instance_id="uuid:2", deprecated="uuid:1"))
    with pytest.raises(RegisterError, match="no form in conflict"):
        receiving.take(second.receipt, OFFICE)
    accept_all(first)
    receipt = second.submissions["hazard"]
    with pytest.raises(RegisterError, match=f"form take {receipt}"):
        decisions.accept_submission(receipt, OFFICE)
    taken = receiving.take(receipt, OFFICE)
    assert taken.instance_id == "uuid:2"
    old = Submission.objects.get(receipt=receipt)
    assert old.state == Submission.REJECTED
    assert "compared anew as" in old.reason
    new = taken.submissions.filter(record_type="hazard").latest("id")
    assert json.loads(new.summary)["counts"]["changed"] == 1
    assert new.submitter == answering.TEAM.name
    decisions.accept_submission(new.receipt, OFFICE)
    assert [(one.type, one.version) for one in Hazard.objects.all()] == [("CHA", 2)]
    assert send(
        hazard(changes={"about/type": "CHA"}, instance_id="uuid:2", deprecated="uuid:1")
    ).repeated
    verified()


def test_a_form_whose_correction_was_accepted_first_does_not_undo_it(programme):
    first = send(hazard())
    second = send(hazard(changes={"about/type": "CHA"}, instance_id="uuid:2", deprecated="uuid:1"))
    accept_all(second)
    with pytest.raises(RegisterError, match=f"corrected by {second.receipt}"):
        receiving.take(first.submissions["hazard"], OFFICE)
    assert Hazard.objects.get().type == "CHA"


def test_persons_of_a_form_compared_anew_stay_sealed_and_are_counted_once(programme):
    first = send(accident())
    changed = {**answering.VICTIM, "victim_age_band": "child"}
    second = send(
        accident(repeats={"victim": [changed]}, instance_id="uuid:2", deprecated="uuid:1")
    )
    accept_all(first)
    taken = receiving.take(second.submissions["victim"], OFFICE)
    for one in taken.submissions.filter(state=Submission.CHECKED).order_by("id"):
        decisions.accept_submission(one.receipt, OFFICE)
    assert Victim.objects.get().age_band == "child"
    assert Accident.objects.count() == 1
    written = everything_written(programme)
    assert not [secret for secret in SECRETS if secret.encode() in written]
    verified()
    erasures.destroy(erasures.plan(Victim.objects.get().ref))
    read_again = taken.submissions.filter(record_type="victim")
    assert read_again.count() == 2
    for one in read_again:
        assert seal.open_bytes(seal.file_key_id(one), kept.read(one.kept)) is None


def test_a_conflict_can_be_rejected(programme):
    send(hazard())
    other = send(hazard(changes={"about/name": "South field"}))
    decisions.reject_submission(other.receipt, OFFICE, "the tablet was copied")
    assert Submission.objects.get(receipt=other.receipt).state == Submission.REJECTED


def test_a_correction_proposes_a_change_of_the_same_record(programme):
    accept_all(send(hazard()))
    receipt = send(hazard(changes={"about/type": "CHA"}, instance_id="uuid:2", deprecated="uuid:1"))
    assert receipt.state == "read"
    submission = Submission.objects.get(receipt=receipt.submissions["hazard"])
    assert json.loads(submission.summary)["counts"]["changed"] == 1
    assert Hazard.objects.get().type == "SHA"
    accept_all(
        receiving.Receipt(**{**vars(receipt), "submissions": {"hazard": submission.receipt}})
    )
    assert Hazard.objects.get().type == "CHA"
    third = send(hazard(changes={"about/name": "x"}, instance_id="uuid:3", deprecated="uuid:2"))
    assert FieldInstance.objects.get(holder__receipt=third.receipt).key == "uuid:1"
    verified()


def test_a_correction_of_a_form_that_was_returned_answers_it(programme):
    first = send(hazard())
    decisions.return_submission(first.receipt, OFFICE, "which datum?")
    second = send(hazard(changes={"about/name": "B"}, instance_id="uuid:2", deprecated="uuid:1"))
    new = Submission.objects.get(receipt=second.submissions["hazard"])
    assert new.answers == first.receipt
    assert Submission.objects.get(receipt=second.submissions["evidence"]).answers == ""
    decisions.accept_submission(new.receipt, OFFICE)
    assert Hazard.objects.get().name == "B"


def test_a_correction_that_lowers_caution_is_held_for_two(programme):
    accept_all(send(hazard(changes={"about/type": "CHA"})))
    receipt = send(hazard(changes={"about/type": "SHA"}, instance_id="uuid:2", deprecated="uuid:1"))
    submission = Submission.objects.get(receipt=receipt.submissions["hazard"])
    assert json.loads(submission.summary)["counts"]["held_for_second_person"] == 1
    decisions.accept_submission(submission.receipt, OFFICE)
    assert Hazard.objects.get().type == "CHA"


def test_an_entry_that_a_correction_takes_out_is_seen_to_be_missing_and_stays(programme):
    two = [answering.EVIDENCE, {**answering.EVIDENCE, "row_id": "e-2"}]
    accept_all(send(hazard(repeats={"evidence": two})))
    receipt = send(hazard(repeats={"evidence": two[1:]}, instance_id="uuid:2", deprecated="uuid:1"))
    assert "missing_from_file" in findings(receipt, "evidence")
    assert Evidence.objects.count() == 2


def test_a_form_whose_correction_came_first_does_not_undo_it(programme):
    corrected = send(
        hazard(changes={"about/type": "CHA"}, instance_id="uuid:2", deprecated="uuid:1")
    )
    late = send(hazard())
    assert late.state == "superseded"
    assert Submission.objects.get(receipt=late.receipt).findings.get().rule == "corrected_already"
    assert FieldInstance.objects.get(instance_id="uuid:2").key == "uuid:1"
    accept_all(corrected)
    assert Hazard.objects.get().type == "CHA"
    assert send(hazard()).repeated


@settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.integers(0, 3), min_size=4, max_size=9), st.randoms(use_true_random=False))
def test_in_whatever_order_and_however_often_the_same_records_come_of_it(
    workspace_templates, tmp_path_factory, sends, rnd
):
    """Duplicates and order leave no mark on the records that are proposed."""
    folder, _ = workspace_templates.copy("sqlite", tmp_path_factory.mktemp("order") / "w")
    open_workspace(folder)
    for kind in ("hazard", "accident"):
        publishing.publish(FORMS[kind], OFFICE, check=False)
    bare = {"about/name": "A", "place/geo_safe": "yes", "place/placed_by": "shape"}
    forms = [
        answer("hazard", {**bare, "place/shape": answering.WALKED, "about/local_id": str(i)},
               instance_id=f"uuid:{i}")
        for i in range(3)
    ]  # fmt: skip
    forms.append(
        answer("accident", {"about/injured": "1"}, repeats={"victim": [answering.VICTIM]},
               instance_id="uuid:3")
    )  # fmt: skip
    order = [*sends, *{0, 1, 2, 3} - set(sends)]
    rnd.shuffle(order)
    receipts = {}
    for number in order:
        receipt = send(forms[number])
        assert receipts.setdefault(number, receipt.receipt) == receipt.receipt
    assert FieldInstance.objects.count() == 4
    assert Submission.objects.count() == 5
    for one in Submission.objects.order_by("?"):
        decisions.accept_submission(one.receipt, OFFICE)
    places = Hazard.objects.order_by("source_id").values_list("source_id", "geometry_hash")
    assert [source_id for source_id, _ in places] == ["uuid:0", "uuid:1", "uuid:2"]
    assert len({geometry_hash for _, geometry_hash in places}) == 1
    assert Victim.objects.get().accident_uid == Accident.objects.get().uid


def test_the_same_form_sent_twice_at_once_is_taken_in_once(programme):
    xml = accident()
    working.at_once(programme.folder, *[(answering.send_in_process, xml)] * 3)
    open_workspace(programme.folder)
    assert FieldInstance.objects.count() == 1
    assert Submission.objects.filter(record_type__in=("accident", "victim")).count() == 2


def test_two_contents_of_one_id_at_once_are_both_kept(programme):
    forms = [hazard(), hazard(changes={"about/name": "South field"})]
    working.at_once(programme.folder, *((answering.send_in_process, xml) for xml in forms))
    open_workspace(programme.folder)
    states = FieldInstance.objects.order_by("ordinal").values_list("ordinal", "state")
    assert list(states) == [(0, "read"), (1, "conflict")]


# --- versions -------------------------------------------------------------------------------------


def test_answers_to_an_old_version_are_read_as_that_version_meant_them(programme):
    old = field_forms.latest("hazard").version
    answering.write_profile(programme.folder, omit={"hazard": ["priority"]}, unit_levels={})
    new, is_new = publishing.publish(FORMS["hazard"], OFFICE, check=False)
    assert is_new
    assert new.version != old
    receipt = send(hazard(version=old, changes={"about/priority": "high"}))
    accept_all(receipt)
    assert Hazard.objects.get().priority == "high"
    with pytest.raises(StopIteration):
        hazard(version=new.version, changes={"about/priority": "high"})
    send(hazard(version=new.version, instance_id="uuid:2"))
    assert FieldInstance.objects.filter(state="read").count() == 2


def test_a_field_the_profile_no_longer_has_stays_readable(programme):
    version = field_forms.latest("hazard").version
    xml = hazard(version=version)
    (programme.folder / "national.yaml").write_text(
        (programme.folder / "national.yaml").read_text().replace("houses", "dwellings")
    )
    from landrelease.register import profile

    profile.load.cache_clear()
    accept_all(send(xml))
    assert json.loads(Hazard.objects.get().extra)["houses"] == "3"


def test_a_version_nobody_published_is_kept_and_not_guessed(programme):
    receipt = send(hazard().replace(field_forms.latest("hazard").version.encode(), b"1999"))
    assert receipt.state == "failed"
    submission = Submission.objects.get(receipt=receipt.receipt)
    assert submission.state == Submission.FAILED
    assert submission.findings.get().rule == "unknown_form_version"
    assert "1999" in submission.reason


def test_a_form_nobody_published_is_refused_and_nothing_kept(workspace):
    xml = b'<data id="hazard" version="1"><meta><instanceID>u</instanceID></meta></data>'
    with pytest.raises(receiving.UnknownForm, match="keep the answers"):
        send(xml)
    with pytest.raises(receiving.UnknownForm):
        send(xml.replace(b"hazard", b"poem"))
    assert Submission.objects.count() == 0


def test_a_plan_of_a_later_program_is_kept_and_not_guessed(programme):
    from landrelease.register.models import FormVersion

    version = field_forms.latest("hazard")
    plan = {**json.loads(version.plan), "plan": 99}
    FormVersion.objects.filter(id=version.id).update(plan=json.dumps(plan))
    receipt = send(hazard())
    assert receipt.state == "failed"
    assert "another version of this program" in FieldInstance.objects.get().reason
    assert field_forms.original(FieldInstance.objects.get()) == hazard()


# --- persons --------------------------------------------------------------------------------------


def test_nothing_about_a_person_stands_in_clear(programme):
    photo = Attachment(f"{SECRETS[0]}.jpg", "image/jpeg", b"Exif " + SECRETS[0].encode())
    receipt = send(accident(changes={"photo": photo.name}), photo)
    assert send(accident(changes={"photo": photo.name}), photo).attachments == 0
    accept_all(receipt)
    assert Victim.objects.get().accident_uid == Accident.objects.get().uid
    assert (Victim.objects.get().sex, str(Victim.objects.get().date_end)) == (
        "female", "2026-02-28"
    )  # fmt: skip
    found = everything_written(programme)
    assert not [secret for secret in SECRETS if secret.encode() in found]
    assert in_clear(found) == []
    instance = FieldInstance.objects.get()
    assert instance.holder.record_type == "victim"
    assert field_forms.original(instance) == accident(changes={"photo": photo.name})
    assert field_forms.attachment_bytes(instance.attachments.get()) == photo.data
    assert field_forms.attachment_name(instance.attachments.get()) == photo.name
    opened = seal.open_sealed(Victim.objects.get().person_key, Victim.objects.get().sealed)
    assert opened["name"] == SECRETS[0]


def test_an_accident_without_victims_is_sealed_all_the_same(programme):
    xml = accident(repeats={})
    receipt = send(xml)
    assert set(receipt.submissions) == {"accident", "victim"}
    holder = Submission.objects.get(receipt=receipt.receipt)
    assert holder.sealed
    assert holder.state == Submission.UNCHANGED


def test_what_no_one_knows_stays_in_the_sealed_original(programme):
    """A form changed elsewhere may ask anything: in clear goes only what we know."""
    odd = b"<about><witness>" + SECRETS[0].encode() + b"</witness>"
    xml = accident().replace(b"<about>", odd, 1)
    assert odd in xml
    receipt = send(xml)
    assert "answers_left_sealed" not in findings(receipt, "victim")
    assert "1 answers" in findings(receipt, "accident")["answers_left_sealed"].message
    accept_all(receipt)
    assert SECRETS[0].encode() not in everything_written(programme)


def test_a_person_who_was_erased_does_not_come_back_with_the_next_sending(programme):
    xml = accident()
    accept_all(send(xml, PHOTO))
    other = accident(instance_id="uuid:other")
    accept_all(send(other))
    erased = Victim.objects.get(source_id__startswith="uuid:1/")
    erasures.destroy(erasures.plan(erased.ref))
    instance = FieldInstance.objects.get(instance_id="uuid:1")
    assert field_forms.original(instance) is None
    assert field_forms.attachment_bytes(instance.attachments.get()) is None
    survivor = FieldInstance.objects.get(instance_id="uuid:other")
    assert field_forms.original(survivor) == other, "nobody else's form is destroyed with it"
    before = (Submission.objects.count(), PersonKey.objects.count())
    again = send(xml, PHOTO)
    assert again.repeated
    assert again.attachments == 0
    assert (Submission.objects.count(), PersonKey.objects.count()) == before


def test_a_failure_about_persons_quotes_nothing(programme, monkeypatch):
    def fail(*args, **kwargs):
        raise ValueError(SECRETS[0])

    monkeypatch.setattr(instances, "read", fail)
    receipt = send(accident())
    assert receipt.state == "failed"
    assert SECRETS[0] not in FieldInstance.objects.get().reason
    assert field_forms.original(FieldInstance.objects.get()) == accident()


@pytest.mark.parametrize(
    ("known", "texts", "days"),
    [
        ("day", {"date_day": "2026-02-03"}, ("2026-02-03", "2026-02-03")),
        ("month", {"date_month": "2026-02-01"}, ("2026-02-01", "2026-02-28")),
        ("year", {"date_year": "2024-01-01"}, ("2024-01-01", "2024-12-31")),
        ("unknown", {}, ("None", "None")),
    ],
)
def test_a_date_is_as_exact_as_it_is_known(programme, known, texts, days):
    changes = {"about/date_month": "", "about/date_known": known}
    changes |= {f"about/{name}": text for name, text in texts.items()}
    accept_all(send(accident(changes=changes)))
    record = Accident.objects.get()
    assert (str(record.date_start), str(record.date_end)) == days


# --- what is no form ------------------------------------------------------------------------------

BOMB = b"""<!DOCTYPE data [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<data id="hazard" version="1"><x>&b;</x><meta><instanceID>u</instanceID></meta></data>"""
OUTSIDE = b"""<!DOCTYPE data [<!ENTITY x SYSTEM "file:///etc/hostname">]>
<data id="hazard" version="1"><x>&x;</x><meta><instanceID>u</instanceID></meta></data>"""


@pytest.mark.parametrize(
    ("xml", "why"),
    [
        (b"", "not readable as XML"),
        (b"{}", "not readable as XML"),
        (b"\xff\xfe\x00", "not readable as XML"),
        (BOMB, "not readable as XML"),
        (OUTSIDE, "not readable as XML"),
        (b"<!DOCTYPE data><data/>", "not readable as XML"),
        (b"<data/>", "no id at its root"),
        (b'<data id="hazard"/>', "no instanceID"),
        (b'<data id="hazard"><meta><instanceID> </instanceID></meta></data>', "no instanceID"),
        (
            b'<data id="hazard"><meta><instanceID>' + b"u" * 201 + b"</instanceID></meta></data>",
            "longer than 200",
        ),
        (b"<data>" + b" " * instances.LARGEST_XML, "larger than 5 MB"),
    ],
)
def test_what_is_no_form_is_refused(xml, why):
    with pytest.raises(instances.InstanceError, match=why):
        instances.parse(xml)


def test_answers_nobody_asked_for_are_kept(programme):
    odd = b"<about><odd><deep>an answer</deep></odd><name>North again</name>"
    xml = hazard().replace(b"<about>", odd, 1)
    accept_all(send(xml))
    extra = json.loads(Hazard.objects.get().extra)
    assert extra["deep"] == "an answer"
    assert "North field" in (*extra.values(), Hazard.objects.get().name)
    assert "North again" in (*extra.values(), Hazard.objects.get().name)


def test_a_form_of_many_vertices_is_read(programme):
    rnd = random.Random(7)
    import math

    ring = [
        (-20 + 0.01 * math.cos(a / 1000 * math.tau) * rnd.uniform(0.9, 1),
         -20 + 0.01 * math.sin(a / 1000 * math.tau) * rnd.uniform(0.9, 1))
        for a in range(1000)
    ]  # fmt: skip
    text = ";".join(f"{lat:.7f} {lon:.7f} 10 3.1" for lat, lon in [*ring, ring[0]])
    accept_all(send(hazard(changes={"place/shape": text})))
    assert shapely.get_num_coordinates(Hazard.objects.get().geometry) == 1001


def test_the_command_line_lists_what_phones_sent(programme):
    send(hazard(), PHOTO)
    send(hazard(changes={"about/name": "South field"}))
    folder = programme.folder
    found = json.loads(
        registering.landrelease(folder, "form", "submissions", "--format", "json").stdout
    )
    assert [row["state"] for row in found] == ["conflict", "read"]
    only = registering.landrelease(
        folder, "form", "submissions", "--state", "conflict", "--form", "hazard", "--format", "csv"
    ).stdout
    assert len(only.splitlines()) == 2
    listed = json.loads(registering.landrelease(folder, "form", "list", "--format", "json").stdout)
    assert {row["form"]: row["received"] for row in listed}["hazard"] == 2
    out = folder / "received"
    registering.landrelease(folder, "form", "original", found[1]["receipt"], "-o", out)
    assert (out / f"{found[1]['receipt']}.xml").read_bytes() == hazard()
    assert (out / f"{found[1]['receipt']}-1.jpg").read_bytes() == PHOTO.data
    taken = registering.landrelease(folder, "form", "take", found[0]["receipt"])
    assert "read, as hazard" in taken.stderr


def test_the_lists_of_a_workbook_are_written_beside_it(programme, tmp_path):
    book = tmp_path / "spot.xlsx"
    registering.landrelease(programme.folder, "form", "write", "eod-spot", "-o", book)
    assert book.is_file()
    assert sorted(file.name for file in (tmp_path / "spot-media").iterdir()) == [
        "organisations.csv", "units_1.csv", "units_2.csv", "units_3.csv"
    ]  # fmt: skip


def test_a_form_about_persons_does_not_leave_in_clear(programme):
    receipt = send(accident())
    done = registering.landrelease(
        programme.folder, "form", "original", receipt.receipt, "-o", programme.folder / "out",
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "names persons" in done.stderr


def test_the_command_line_writes_checks_and_publishes(workspace, tmp_path, java):
    folder = workspace.folder
    book = tmp_path / "hazard.xlsx"
    registering.landrelease(folder, "form", "write", "hazard", "-o", book)
    assert book.read_bytes()[:2] == b"PK"
    checked = json.loads(
        registering.landrelease(folder, "form", "check", "education", "--format", "json").stdout
    )
    assert [row["valid"] for row in checked] == ["yes"]
    said = registering.landrelease(folder, "form", "publish", "education").stderr
    assert "published" in said
    said = registering.landrelease(folder, "form", "publish", "education").stderr
    assert "nothing has changed" in said
    wrong = registering.landrelease(folder, "form", "write", "poem", "-o", book, check=False)
    assert wrong.returncode == 2
    assert "there are: hazard" in wrong.stderr.replace("\n", " ")
