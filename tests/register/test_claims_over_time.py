"""Whatever is decided and however often reports are read anew: no decision is lost or moved."""

from __future__ import annotations

import json

import pytest
import working
from claiming import REPORTS, claim_about, cut, take_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registering import ANNA, BEN, CLERK, HAZARD, hazards, landrelease, square, total, verified

from landrelease.register import (
    canonical,
    claim_decisions,
    claim_identity,
    decisions,
    documents,
    reporting,
)
from landrelease.register.errors import DecisionRefused
from landrelease.register.models import Claim, ClaimDecision, Document, Evidence, Submission

CLAIMS = ("killed", "searched", "shells")

#: Characters that a version of the extractor leaves out at the end; None: it finds no such claim.
CUTS = st.sampled_from([0, 2, 3, None])
STEPS = st.one_of(
    st.tuples(
        st.sampled_from(["accept", "indicate", "reject", "withdraw"]), st.sampled_from(CLAIMS)
    ),
    st.tuples(st.just("extract"), st.tuples(*[CUTS] * len(CLAIMS))),
)


class Reports:
    """The claims as versions of the extractor cut them, and what ought to be their state."""

    def __init__(self):
        self.rows = {}
        for word in CLAIMS:
            row = Claim.objects.get(id=claim_about(word)["id"])
            document = Document.objects.get(uid=row.document_uid)
            text = claim_identity.kept_text(document.text_sha256)
            self.rows[word] = (row, canonical.loads(row.body), text)
        self.now = {word: row.id for word, (row, _, _) in self.rows.items()}
        self.state = dict.fromkeys(CLAIMS, "proposed")

    def extract(self, cuts):
        Claim.objects.all().delete()
        for word, left_out in zip(CLAIMS, cuts, strict=True):
            row, body, text = self.rows[word]
            self.now[word] = None
            if left_out is None:
                continue
            changed = body if not left_out else cut(body, text, 0, -left_out)
            key = canonical.short_hash(f"{row.id} {left_out}".encode())
            made = Claim.objects.create(
                id=row.id if not left_out else key,
                document_uid=row.document_uid,
                story_id=row.story_id,
                start=row.start,
                body=canonical.dumps(changed).decode(),
            )
            self.now[word] = made.id

    def decide(self, step, word):
        """Decide as asked; whether it ought to be possible is known from the state."""
        claim = self.now[word]
        if claim is None:
            return
        may = {
            "accept": self.state[word] != "accepted",
            "indicate": self.state[word] != "accepted",
            "reject": self.state[word] not in ("accepted", "rejected"),
            "withdraw": self.state[word] == "accepted",
        }[step]
        if not may:
            with pytest.raises(DecisionRefused):
                self._do(step, claim)
            return
        self._do(step, claim)
        self.state[word] = {
            "accept": "accepted",
            "indicate": "accepted",
            "reject": "rejected",
            "withdraw": "withdrawn",
        }[step]

    def _do(self, step, claim):
        match step:
            case "accept":
                claim_decisions.accept(claim, actor=CLERK, hazard="HA-1")
            case "indicate":
                claim_decisions.accept(claim, actor=CLERK, indication=True)
            case "reject":
                claim_decisions.reject(claim, actor=CLERK, reason="elsewhere")
            case "withdraw":
                held = claim_decisions.withdraw(claim, actor=CLERK, reason="retracted")
                for person in (ANNA, BEN):
                    decisions.approve_held(held.receipt, person)


@given(steps=st.lists(STEPS, min_size=1, max_size=12))
@settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_any_order_of_decisions_and_extractions_keeps_every_decision(
    workspace_templates, tmp_path_factory, steps
):
    from landrelease.register.workspace import open_workspace

    folder = tmp_path_factory.mktemp("claims")
    place, _ = workspace_templates.copy("sqlite", folder / "workspace")
    open_workspace(place)
    take_in(folder)
    hazards(folder, (square(size=2), HAZARD))
    reports, before = Reports(), total()
    rows = []
    for step, what in steps:
        if step == "extract":
            reports.extract(what)
        else:
            reports.decide(step, what)
        now = list(ClaimDecision.objects.order_by("id").values())
        assert now[: len(rows)] == rows, "a decision that was taken stays as it was"
        rows = now
        found = {word: claim for word, claim in reports.now.items() if claim is not None}
        states = claim_decisions.state(found.values())
        told = {word: states[claim].state for word, claim in found.items()}
        assert told == {word: reports.state[word] for word in found}
        decided = claim_decisions.decided()
        assert sorted(one["state"] for one in decided) == sorted(
            state for state in reports.state.values() if state != "proposed"
        )
    standing = Evidence.objects.filter(standing__isnull=True).count()
    assert standing == sum(state == "accepted" for state in reports.state.values())
    assert total() == before
    verified()


# --- what fails in the middle ---------------------------------------------------------------------


def test_a_decision_that_fails_in_the_middle_is_not_there_and_is_handed_in_once(
    workspace, tmp_path, monkeypatch
):
    take_in(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    claim = claim_about("killed")
    calls = []

    def fails(*given, **named):
        calls.append(given)
        if len(calls) == 2:  # the first is the preview
            raise OSError("no room")

    monkeypatch.setattr(decisions.questions, "raise_after", fails)
    with pytest.raises(OSError, match="no room"):
        claim_decisions.accept(claim["id"], actor=CLERK, hazard="HA-1")
    assert not ClaimDecision.objects.exists()
    assert not Evidence.objects.exists()
    waiting = Submission.objects.get(record_type="evidence")
    assert waiting.state == "checked"
    assert claim_decisions.state([claim["id"]])[claim["id"]].state == "proposed"
    monkeypatch.undo()
    done = claim_decisions.accept(claim["id"], actor=CLERK, hazard="HA-1")
    assert done.receipt == waiting.receipt
    assert Evidence.objects.count() == ClaimDecision.objects.count() == 1
    verified()


@pytest.mark.faults
def test_killed_deciders_leave_the_decision_whole_or_not_at_all(workspace, tmp_path):
    from test_faults import Moments, _killed_after, _timed

    take_in(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    work = (workspace.folder, working.accept_claim)
    ids = [claim_about(word)["id"] for word in CLAIMS]
    moments = Moments(20240701, _timed(*work, ids[0]))
    for claim in ids[1:]:
        ended = _killed_after(moments.next(), *work, claim)
        decided = ClaimDecision.objects.filter(claim_id=claim).count()
        assert decided == Evidence.objects.filter(claim=claim).count()
        assert decided == 1 or not ended
        if not decided:
            claim_decisions.accept(claim, actor=CLERK, hazard="HA-1")
        moments.learn(ended)
    assert ClaimDecision.objects.count() == Evidence.objects.count() == len(CLAIMS)
    verified()


# --- in reports and on the command line -----------------------------------------------------------


def test_a_treaty_report_counts_indications_on_a_line_of_their_own(workspace, tmp_path):
    from test_reporting import WANTED, found, row, value

    hazards(tmp_path, (square(size=2), HAZARD))
    take_in(tmp_path)
    before = reporting.document(WANTED)
    claim_decisions.accept(
        claim_about("killed")["id"], actor=CLERK, indication=True, classes=["ap"]
    )
    claim_decisions.accept(claim_about("searched")["id"], actor=CLERK, indication=True)
    made = reporting.document(WANTED)
    assert value(before, "not_known", "indications", "count") == 0
    assert value(made, "not_known", "indications", "count") == 2
    for key in ("unknown_size", "type_not_recorded", "class_not_recorded", "undated"):
        assert value(made, "not_known", key, "count") == value(before, "not_known", key, "count")
    for name in ("remaining_mine_ban", "counts_mine_ban", "statement_mine_ban"):
        for line in found(before, name).rows:
            again = row(found(made, name), line.key).cells
            for column, cell in line.cells.items():
                if isinstance(cell, str):
                    continue
                assert again[column].value == cell.value, (name, line.key, column)


def test_claims_are_decided_on_the_command_line(workspace, tmp_path):
    take_in(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    claim, other = claim_about("killed"), claim_about("searched")

    def run(*words, **options):
        return landrelease(workspace.folder, "evidence", *words, **options)

    before = ClaimDecision.objects.count()
    dry = run("accept", claim["id"][:12], "--hazard", "HA-1", "--reliability", "B", "--dry-run")
    assert "nothing was kept or changed; one person decides it" in dry.stdout
    assert "press_or_social_media" in dry.stdout
    assert ClaimDecision.objects.count() == before == 0
    done = json.loads(
        run(
            "accept", claim["id"][:12], "--hazard", "HA-1", "--reliability", "B",
            "--credibility", "2", "--class", "ap", "--format", "json",
        ).stdout
    )  # fmt: skip
    assert (done["state"], done["evidence_ref"], done["two_people"]) == ("accepted", "EV-1", False)
    assert "rejected: journal entry" in run("reject", other["id"], "--reason", "elsewhere").stdout
    shown = run("withdraw", "EV-1", "--reason", "retracted", "--dry-run").stdout
    assert "What rests on it" in shown
    assert "two people decide it" in shown
    held = run("withdraw", claim["id"], "--reason", "retracted").stdout
    assert "landrelease review approve" in held
    listed = json.loads(run("decisions", "--format", "json").stdout)
    assert [one["state"] for one in listed] == ["accepted", "rejected"]
    assert listed[0]["waiting"] in held
    states = {
        one["id"]: one["decision"]["state"]
        for one in json.loads(run("claims", "--format", "json").stdout)
    }
    assert (states[claim["id"]], states[other["id"]]) == ("accepted", "rejected")
    refused = run("accept", claim["id"], "--hazard", "HA-1", check=False)
    assert refused.returncode == 1
    assert "accepted already" in refused.stderr
    assert "indications" not in landrelease(workspace.folder, "ledger", "balance").stdout
    run("accept", claim_about("shells")["id"], "--indication")
    balance = landrelease(workspace.folder, "ledger", "balance").stdout
    assert "indications without area, beside these: 1" in balance
    printed = tmp_path / "ledger.txt"
    printed.write_text(landrelease(workspace.folder, "ledger", "print").stdout, encoding="utf-8")
    assert "note HA-2 indication" in printed.read_text(encoding="utf-8")
    landrelease(workspace.folder, "ledger", "check", printed)
    landrelease(workspace.folder, "verify")
    landrelease(workspace.folder, "ledger", "rebuild")


def test_a_figure_is_walked_back_to_the_sentence(workspace, tmp_path):
    from landrelease.register import figures, trace

    take_in(tmp_path)
    hazards(tmp_path, (square(size=2), HAZARD))
    claim = claim_about("killed")
    claim_decisions.accept(claim["id"], actor=CLERK, hazard="HA-1", reliability="B")
    shells = claim_about("shells")
    claim_decisions.accept(shells["id"], actor=CLERK, indication=True)
    balance = figures.balance()
    for column, wanted in (("confirmed", claim), ("indications", shells)):
        figure = balance.figure_id(balance.total, column)
        (sentence,) = [one for part in trace.trace(figure).parts for one in part.sentences]
        assert sentence.words == wanted["content"]["text"]
        text = claim_identity.kept_text(sentence.text_sha256)
        assert text[sentence.start : sentence.end] == sentence.words
        assert sentence.filename in REPORTS
        assert (sentence.claim, sentence.deciders) == (wanted["id"], "clerk")
        printed = landrelease(workspace.folder, "ledger", "trace", figure).stdout
        assert sentence.words.split()[0] in printed
        assert f"{sentence.document} {sentence.filename}, characters {sentence.start}" in printed
    # Before the claim was accepted nothing rested on it.
    earlier = figures.balance(known_seq=1)
    figure = earlier.figure_id(earlier.total, "confirmed")
    assert not any(part.sentences for part in trace.trace(figure).parts)
    assert documents.claims()
