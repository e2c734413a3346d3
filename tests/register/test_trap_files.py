"""A report that keeps its reader busy becomes a failed submission with its original kept."""

from __future__ import annotations

import functools
import hashlib

from landrelease.evidence import confined
from landrelease.register import people, report_files
from landrelease.register import workspace as workspaces
from landrelease.register.models import Document, Submission

TRAP = ("<html><body>" + "<p>word <b>bold</b></p>" * 60_000 + "</body></html>").encode()


def test_a_trap_is_kept_and_said_and_the_next_file_is_taken_in(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(confined, "Limits", functools.partial(confined.Limits, 0.3, 0))
    trap, good = tmp_path / "\u202elmth.trap.html", tmp_path / "good.txt"
    trap.write_bytes(TRAP)
    good.write_text("Teams cleared the field beside the river on Monday, the ministry said.")
    actor = people.at_the_command_line()
    (failed,) = report_files.add_file(trap, actor)
    assert failed.state == "failed"
    assert "took more than" in failed.message
    submission = Submission.objects.get(state=Submission.FAILED)
    assert "took more than" in submission.reason
    digest = hashlib.sha256(TRAP).hexdigest()
    kept = workspaces.current().attachments / digest[:2] / digest
    assert kept.read_bytes() == TRAP
    assert not Document.objects.exists()
    (taken,) = report_files.add_file(good, actor)
    assert taken.state == "accepted"
