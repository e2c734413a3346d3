"""Tiles are kept as long as the register stands still, and no more of them than was said."""

from __future__ import annotations

import threading

from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from landrelease.web import tiles
from landrelease.web.kept_tiles import KeptTiles


def test_a_tile_is_built_once_for_each_state_and_reader():
    kept, built = KeptTiles(), []

    def ask(of, key):
        return kept.get(of, key, lambda: built.append((of, key)) or f"{of}{key}".encode())

    assert ask("1", "a") == ask("1", "a") == b"1a"
    assert ask("1", "b") == b"1b"
    assert ask("2", "a") == b"2a", "the register went on"
    assert ask("1", "a") == b"1a", "nothing of another state is given"
    assert built == [("1", "a"), ("1", "b"), ("2", "a"), ("1", "a")]


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 700)), max_size=60))
def test_no_more_is_kept_than_was_said(asked):
    kept = KeptTiles(most_bytes=2_000)
    sizes = {}
    for key, size in asked:
        size = sizes.setdefault(key, size)
        assert kept.get("1", key, lambda size=size: b"x" * size) == b"x" * size
        assert kept.bytes <= 2_000


def test_threads_get_what_they_asked_for():
    kept, wrong = KeptTiles(most_bytes=5_000), []

    def ask(number):
        for i in range(300):
            of, key = str(i // 50), (i * number) % 17
            if kept.get(of, key, lambda of=of, key=key: f"{of}/{key}".encode()) != (
                f"{of}/{key}".encode()
            ):
                wrong.append((of, key))

    threads = [threading.Thread(target=ask, args=(n,)) for n in (1, 2, 3, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_decision_changes_the_tile_at_once(store, client: Client, bring, monkeypatch):
    from shapely import box

    built, real = [], tiles.build
    monkeypatch.setattr(tiles, "build", lambda tile: built.append(tile) or real(tile))
    bring("hazards", [(box(-20, -38.5, -19.9, -38.4), {"source_id": "1", "type": "SHA"})])
    first = client.get("/tiles/5/14/19.mvt")
    again = client.get("/tiles/5/14/19.mvt")
    assert first.content
    assert first.content == again.content
    assert len(built) == 1
    known = client.get("/tiles/5/14/19.mvt", headers={"If-None-Match": first["ETag"]})
    assert known.status_code == 304
    bring("hazards", [(box(-19, -38.5, -18.9, -38.4), {"source_id": "2", "type": "CHA"})])
    after = client.get("/tiles/5/14/19.mvt", headers={"If-None-Match": first["ETag"]})
    assert after.status_code == 200
    assert after.content != first.content
    assert len(built) == 2
