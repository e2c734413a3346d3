"""Several people at once: the chain never forks, nothing is lost or doubled."""

from __future__ import annotations

import working
from registering import (
    ANNA,
    BEN,
    HAZARD,
    geojson,
    operator,
    ready_release,
    square,
    total,
    verified,
)

from landrelease.register import people
from landrelease.register.models import Activity, Hazard, JournalEntry, Release, Submission
from landrelease.register.workspace import open_workspace

DORA = people.Actor("dora", "Third party", authenticated=True, may_release=True)


def file_of(path, first, last):
    rows = (
        (square(i % 20 * 2, i // 20 * 2), {**HAZARD, "source_id": f"H{i}"})
        for i in range(first, last)
    )
    return geojson(path, rows)


def test_two_importers_never_fork_the_chain(workspace_folder, tmp_path):
    """Both also find no projection centre yet, and fix one."""
    files = [file_of(tmp_path / f"{n}.geojson", n * 40, n * 40 + 60) for n in range(2)]
    working.at_once(
        workspace_folder, *((working.hand_in, path, "hazards", "Survey") for path in files)
    )
    open_workspace(workspace_folder)
    assert sorted(Hazard.objects.values_list("source_id", flat=True)) == sorted(
        f"H{i}" for i in range(100)
    ), "all rows once, also those that both files hold"
    assert JournalEntry.objects.filter(kind="workspace").count() == 1
    assert Submission.objects.filter(state="accepted").count() == 2
    seqs = list(JournalEntry.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(len(seqs)))
    verified()


def test_the_same_file_handed_in_by_two_at_once(workspace_folder, tmp_path):
    path = file_of(tmp_path / "same.geojson", 0, 60)
    working.at_once(workspace_folder, *[(working.hand_in, path, "hazards", "Survey")] * 2)
    open_workspace(workspace_folder)
    assert Hazard.objects.count() == 60
    states = Submission.objects.values_list("state", flat=True)
    assert sorted(states) == ["accepted", "unchanged"]
    verified()


def test_deciders_at_once_release_once(workspace, tmp_path):
    activity = ready_release(tmp_path)
    working.at_once(
        workspace.folder, *((working.decide, [activity.ref], who) for who in (ANNA, BEN, DORA))
    )
    assert Release.objects.count() == 1
    assert JournalEntry.objects.filter(kind="release").count() == 1
    assert abs(total()["cleared"] - Activity.objects.get().area_mm2) <= 1
    verified()


def test_an_import_and_a_decision_at_once(workspace, tmp_path):
    from landrelease.register import release_decisions

    activity = ready_release(tmp_path)
    operator(tmp_path)
    release_decisions.approve_releases([activity.ref], ANNA)
    path = file_of(tmp_path / "more.geojson", 10, 40)
    working.at_once(
        workspace.folder,
        (working.decide, [activity.ref], BEN),
        (working.hand_in, path, "hazards", "Survey"),
    )
    assert Hazard.objects.count() == 31
    assert Release.objects.count() == 1
    total()
    verified()
