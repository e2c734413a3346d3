"""Settings that people write as YAML, read so that a small file cannot become a large one.

YAML lets a part of a file stand for another (``&name`` and ``*name``). Parts that hold parts
several times over are a kilobyte in the file and more than the memory once something goes through
them all.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

#: Values of a file, each counted as often as it stands for itself or for another.
MOST_VALUES: Final = 200_000


class YamlError(ValueError):
    """The text is no YAML that is read; the message says why, without the name of the file."""


def load(data: bytes) -> Any:
    """Read a YAML file.

    Parameters
    ----------
    data
        The file, in UTF-8 (or UTF-16 with its mark).

    Raises
    ------
    YamlError
        When it is not YAML, nested too deeply, or holds more than :data:`MOST_VALUES` values.
    """
    try:
        loader = yaml.SafeLoader(data)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _refuse_explosion(node)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except RecursionError:
        raise YamlError("nested too deeply to be settings") from None
    except YamlError:
        raise
    except (yaml.YAMLError, ValueError) as error:  # a number of too many digits, a day that is none
        raise YamlError(str(error)) from error


def _refuse_explosion(root: yaml.Node) -> None:
    counted: dict[int, int] = {}
    open_: set[int] = set()

    def values(node: yaml.Node) -> int:
        key = id(node)
        if key in open_:
            raise YamlError("a part of it holds itself")
        if key not in counted:
            open_.add(key)
            counted[key] = 1 + sum(map(values, _parts(node)))
            open_.discard(key)
        return counted[key]

    if values(root) > MOST_VALUES:
        raise YamlError(
            f"its parts that stand for others (*name) make more than {MOST_VALUES:,} values of it"
        )


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
