"""The site as a WSGI application, for a server of one's own.

``LANDRELEASE_WORKSPACE`` names the workspace, ``LANDRELEASE_HOSTS`` the public names (with commas),
``LANDRELEASE_PROXY`` the address of the proxy that speaks TLS (127.0.0.1 unless set)::

    LANDRELEASE_WORKSPACE=bosnia LANDRELEASE_HOSTS=mines.example.org \\
        waitress-serve --listen 127.0.0.1:8000 landrelease.web.wsgi:application
"""

from __future__ import annotations

import os

from landrelease.register import workspace
from landrelease.register.errors import WorkspaceError

from . import logs, server

_folder = os.environ.get("LANDRELEASE_WORKSPACE")
if not _folder:
    raise WorkspaceError("LANDRELEASE_WORKSPACE is not set: name the folder of the workspace")
workspace.open_workspace(_folder)
logs.install(requests=True)
server.keep_connections()
application = server.application(server.Site.from_environment())
