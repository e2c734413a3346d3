"""What tests let other processes do: hand in files and decide, at once or until they are killed.

The processes are forked from a server that has imported this module, so that they start in
milliseconds and a random moment falls into the work and not into the imports.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import registering

import forked
from landrelease.register import claim_decisions, decisions, people, release_decisions
from landrelease.register.errors import RegisterError
from landrelease.register.workspace import open_workspace


def start(work: Callable[..., Any], folder: Path, *args: Any) -> Any:
    """Start a piece of work in a process of its own; returns when the work begins."""
    begun = forked.SERVER.Event()
    process = forked.process(_run, work, folder, args, begun)
    process.start()
    assert begun.wait(60), "the process did not open the workspace"
    return process


def at_once(folder: Path, *works: tuple[Any, ...]) -> None:
    """Let several processes begin at the same moment, and hold that each succeeds."""
    barrier = forked.SERVER.Barrier(len(works))
    processes = [start(_after, folder, barrier, *work) for work in works]
    for process in processes:
        process.join(180)
    assert [process.exitcode for process in processes] == [0] * len(works)


def _after(barrier: Any, work: Callable[..., Any], *args: Any) -> None:
    barrier.wait(120)  # on a busy machine the last one starts late
    work(*args)


def _run(work: Callable[..., Any], folder: Path, args: tuple[Any, ...], begun: Any) -> None:
    try:
        open_workspace(folder)
        begun.set()
        work(*args)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    # The server's children must not run what pytest has registered for the end of its process.
    os._exit(0)


def hand_in(path: Path, as_: str, source: str) -> None:
    registering.submit(path, as_, source=source)


def decide(refs: list[str], person: people.Actor) -> None:
    release_decisions.approve_releases(refs, person)


def accept_claim(claim_id: str) -> None:
    claim_decisions.accept(claim_id, actor=registering.CLERK, hazard="HA-1")


def accept(receipt: str, person: people.Actor) -> None:
    _unless_too_late(decisions.accept_submission, receipt, person)


def reject(receipt: str, person: people.Actor) -> None:
    _unless_too_late(decisions.reject_submission, receipt, person, "not ours")


def _unless_too_late(decide: Callable[..., Any], *args: Any) -> None:
    """Decide; that somebody else was quicker is an answer, too."""
    try:
        decide(*args)
    except RegisterError as error:
        print(f"refused: {error}")
