"""Peak memory of what streams: import, verify, export, at a given size.

    .venv/bin/python benchmarks/streams.py [--polygons 200000] [--format json]

Each runs as a process of its own on the same workspace; the figure is the process's peak resident
memory, with the Python interpreter and all libraries in it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from common import report, run_child


def verify(folder: str) -> dict[str, object]:
    """Recompute the chain, replay and compare."""
    from landrelease.register import workspace

    workspace.open_workspace(folder)
    from landrelease.register import verify as verification

    return {"well": verification.verify().well}


def export(folder: str, output: str) -> dict[str, object]:
    """Export all hazards."""
    from landrelease.register import workspace

    workspace.open_workspace(folder)
    from landrelease.cli.export import batches
    from landrelease.exchange.write import write
    from landrelease.register.schema import record_type

    hazards = record_type("hazards")
    rows = batches(hazards, lambda stage, done, total: None, 0)
    return {"rows": write(output, hazards, rows).rows}


def balance(folder: str) -> dict[str, object]:
    """Print the balance."""
    from landrelease.register import workspace

    workspace.open_workspace(folder)
    from landrelease.register import figures

    found = figures.balance()
    return {"residual_mm2": found.residual_mm2, "drift_mm2": found.drift_mm2}


def main() -> None:
    """Run each and print its peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--polygons", type=int, default=200_000)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        name, *rest = options.child
        report(lambda: {"verify": verify, "export": export, "balance": balance}[name](*rest))
        return
    importing = Path(__file__).parent / "import.py"
    spec = importlib.util.spec_from_file_location("importing", importing)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, object] = {"polygons": options.polygons}
    with tempfile.TemporaryDirectory() as folder:
        path, target = Path(folder) / "polygons.gpkg", str(Path(folder) / "workspace")
        module.make(path, options.polygons, 35)
        run_child([str(importing), "--child", "init", target])
        done = {"import": run_child([str(importing), "--child", "ours", str(path), target])}
        done["verify"] = run_child([__file__, "--child", "verify", target])
        done["balance"] = run_child([__file__, "--child", "balance", target])
        for suffix in ("gpkg", "geojson", "csv"):
            output = str(Path(folder) / f"out.{suffix}")
            done[f"export {suffix}"] = run_child([__file__, "--child", "export", target, output])
    for name, result in done.items():
        found[name] = {"peak_mb": round(result["peak_mb"]), "result": result["result"]}
    if options.format == "json":
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:>16}  {value}")


if __name__ == "__main__":
    main()
