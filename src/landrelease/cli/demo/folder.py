"""The folder of a demonstration: made, recognised and emptied again, never anybody else's."""

from __future__ import annotations

import shutil
from pathlib import Path

from landrelease.register.errors import WorkspaceError

#: Its presence says that the folder holds a demonstration, which a new run may replace.
MARKER = "LANDRELEASE-DEMONSTRATION.txt"
FILES, WORKSPACE = "files", "workspace"

_TEXT = """\
This folder holds a demonstration of landrelease. `landrelease demo` removes the folders "files" and
"workspace" beside this text and makes them anew each time it runs. Keep nothing of value in them.
"""


def start_afresh(folder: Path) -> tuple[Path, Path]:
    """Make the folder ready for a run; what an earlier demonstration left is removed.

    Parameters
    ----------
    folder
        New, empty, or the folder of an earlier demonstration.

    Returns
    -------
    files, workspace
        Two paths below it that do not exist yet.

    Raises
    ------
    WorkspaceError
        When the folder holds something that is no demonstration. Nothing is removed then.
    """
    if folder.exists() and not folder.is_dir():
        raise WorkspaceError(f"{folder} is a file; name a folder for the demonstration")
    marker = folder / MARKER
    if folder.exists() and any(folder.iterdir()) and not marker.is_file():
        raise WorkspaceError(
            f"{folder} is not empty and holds no demonstration ({MARKER} is not in it), so nothing "
            "in it was touched; name another folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    marker.write_text(_TEXT, encoding="utf-8")
    paths = folder / FILES, folder / WORKSPACE
    for path in paths:
        if path.exists():
            shutil.rmtree(path)
    return paths
