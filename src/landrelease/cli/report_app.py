"""``landrelease report``: the group under which reports are made, frozen and shown."""

from __future__ import annotations

import typer

from .main import app

report_app = typer.Typer(help="Reports: made, frozen, shown again.", no_args_is_help=True)
app.add_typer(report_app, name="report")
