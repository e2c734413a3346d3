"""Which record a row speaks of.

With a key in the file it is the key, in its namespace. Without one it is the place where the row
was found: source, layer, geometry hash, and the how-manieth of its kind it is; where there is no
geometry either, the row's content stands in. The same file therefore always means the same
records, and importing it twice changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from . import canonical


def keyed(record_type: str, namespace: str, source_id: str) -> str:
    """Id of a record that its source names by a key."""
    return _hash("key", record_type, namespace, source_id)


def _hash(*parts: str) -> str:
    return canonical.short_hash(_marked(*parts).encode())


def _marked(*parts: str) -> str:
    """Parts in one text, length before text, so that no two lists of parts read the same."""
    return "".join([f"{len(part)}:{part}" for part in parts])


def assign(
    record_type: str,
    *,
    namespace: str,
    source: str,
    layer: str,
    source_ids: Sequence[str | None],
    geometry_hashes: Sequence[str | None],
    contents: Sequence[str],
) -> list[str]:
    """Ids of the rows of a file, in order.

    Parameters
    ----------
    contents
        A hash of each row's values, used where there is neither key nor geometry.
    """
    seen: Counter[str] = Counter()
    uids = []
    by_key = _marked("key", record_type, namespace)
    for source_id, geometry_hash, content in zip(
        source_ids, geometry_hashes, contents, strict=True
    ):
        if source_id is not None:
            named = f"{by_key}{len(source_id)}:{source_id}"
            uids.append(canonical.short_hash(named.encode()))
            continue
        anchor = geometry_hash or f"content:{content}"
        seen[anchor] += 1
        uids.append(_hash("place", record_type, source, layer, anchor, str(seen[anchor])))
    return uids
