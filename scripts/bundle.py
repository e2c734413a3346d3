"""Bundle what the browser loads: npm packages and our own scripts into one static folder.

Run by ``make bundle``. Every ``*.js`` and ``*.css`` file directly under
``src/landrelease/web/frontend/`` is an entry point; esbuild writes a file of the same name to
``src/landrelease/web/static/dist/``. A few files are copied as they are: the worker of MapLibre,
which must lie beside the bundle, and the offline basemap. The folder is derived, never committed,
and packed into the wheel. A second run with nothing changed does nothing.

Only the standard library is used, so that this runs before anything else is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "src/landrelease/web/frontend"
DIST = ROOT / "src/landrelease/web/static/dist"
MODULES = ROOT / "node_modules"
LOCK = ROOT / "package-lock.json"
NODE_LOCK = ROOT / "scripts/node.txt"

OLDEST_NODE = 20
STAMP = ".bundled"

#: Files taken from a package as they are: {path in node_modules: name in the bundle}.
COPIED = {
    "maplibre-gl/dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
    "world-atlas/countries-110m.json": "countries-110m.json",
    "world-atlas/countries-50m.json": "countries-50m.json",
    "world-atlas/land-50m.json": "land-50m.json",
}

#: The licence texts that the bundle has to carry along.
LICENCES = "licences.txt"


class BundleError(Exception):
    """The front end cannot be bundled; the message says why and what to do."""


def node_environment() -> dict[str, str]:
    """Find Node, or put it into the virtual environment, and return an environment to run it in.

    Raises
    ------
    BundleError
        If there is no Node of at least version ``OLDEST_NODE`` and none could be installed.
    """
    beside_python = Path(sys.executable).parent
    with_venv = os.pathsep.join([str(beside_python), os.environ.get("PATH", "")])
    for path in (os.environ.get("PATH", ""), with_venv):
        if _node_major(path) >= OLDEST_NODE and shutil.which("npm", path=path):
            return {**os.environ, "PATH": path}
    print("bundle: no Node on this machine; installing it into the virtual environment", flush=True)
    _run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", NODE_LOCK],
        env=dict(os.environ),
    )
    if _node_major(with_venv) < OLDEST_NODE:
        raise BundleError(
            f"Node {OLDEST_NODE} or newer is neither on PATH nor could it be installed from "
            f"{NODE_LOCK.relative_to(ROOT)}; install Node {OLDEST_NODE}+ and run make again"
        )
    return {**os.environ, "PATH": with_venv}


def _node_major(path: str) -> int:
    """Major version of the first ``node`` on a search path, 0 when there is none that runs."""
    node = shutil.which("node", path=path)
    if node is None:
        return 0
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.", answer.stdout)
    return int(version[1]) if version else 0


def install_packages(env: dict[str, str]) -> None:
    """Install exactly what package-lock.json names, unless it lies there already."""
    stamp = MODULES / STAMP
    key = _digest([LOCK])
    if stamp.is_file() and stamp.read_text() == key:
        return
    _run(["npm", "ci", "--no-progress", "--loglevel=error"], env=env)
    stamp.write_text(key)


def bundle(env: dict[str, str], *, minify: bool = True) -> None:
    """Write the bundle into a new folder, then put it in place of the old one."""
    entries = entry_points()
    if not entries:
        raise BundleError(f"no *.js or *.css file in {FRONTEND.relative_to(ROOT)}: nothing to do")
    fresh = DIST.with_name(".dist-new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    _run(
        [
            MODULES / ".bin/esbuild",
            *entries,
            "--bundle",
            "--format=esm",
            "--target=es2022",
            "--charset=utf8",
            "--legal-comments=none",  # the full texts follow in LICENCES
            "--sourcemap=linked",
            "--sources-content=false",
            "--loader:.svg=dataurl",
            "--loader:.png=dataurl",
            "--log-level=warning",
            *(["--minify"] if minify else []),
            f"--outdir={fresh}",
        ],
        env=env,
    )
    for source, name in COPIED.items():
        if not (MODULES / source).is_file():
            raise BundleError(f"node_modules/{source} is missing; did the package change its form?")
        shutil.copyfile(MODULES / source, fresh / name)
    (fresh / LICENCES).write_text(_licence_texts(), encoding="utf-8")
    (fresh / STAMP).write_text(_bundle_key(minify))
    shutil.rmtree(DIST, ignore_errors=True)
    fresh.rename(DIST)


def entry_points() -> list[Path]:
    """List the files that become files of the bundle."""
    return sorted([*FRONTEND.glob("*.js"), *FRONTEND.glob("*.css")])


def _licence_texts() -> str:
    """Join the licence files of all packages but those that only build.

    Packages that a bundled one depends on count too: MapLibre carries the code of its own.
    """
    lock = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    parts = []
    for path in sorted(key for key, entry in lock.items() if key and not entry.get("dev")):
        described = json.loads((ROOT / path / "package.json").read_text(encoding="utf-8"))
        name = described["name"]
        title = f"{name} {described['version']} ({described.get('license', 'see below')})"
        texts = [
            file.read_text(encoding="utf-8").strip()
            for file in sorted((ROOT / path).iterdir())
            if re.fullmatch(r"(licen[cs]e|notice|copying)(\.\w+)?", file.name, re.IGNORECASE)
        ]
        parts.append("\n\n".join([title, "=" * len(title), *texts]))
    return "\n\n\n".join(parts) + "\n"


def _bundle_key(minify: bool) -> str:
    sources = sorted(path for path in FRONTEND.rglob("*") if path.is_file())
    return _digest([LOCK, Path(__file__), *sources]) + ("" if minify else " readable")


def _digest(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def _run(command: list[str | Path], *, env: dict[str, str]) -> None:
    words = [str(word) for word in command]
    # A program is looked up on the PATH it will run with, not on ours.
    program = shutil.which(words[0], path=env["PATH"]) or words[0]
    done = subprocess.run([program, *words[1:]], cwd=ROOT, env=env, check=False)
    if done.returncode:
        raise BundleError(
            f"{Path(words[0]).name} ended with status {done.returncode}; its message stands above"
        )


def main() -> int:
    """Bundle, unless the bundle in place was made from the same files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readable", action="store_true", help="do not minify")
    parser.add_argument("--force", action="store_true", help="bundle even if nothing changed")
    chosen = parser.parse_args()
    minify = not chosen.readable
    stamp = DIST / STAMP
    if not chosen.force and stamp.is_file() and stamp.read_text() == _bundle_key(minify):
        return 0
    try:
        env = node_environment()
        install_packages(env)
        bundle(env, minify=minify)
    except BundleError as error:
        print(f"bundle: {error}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in DIST.iterdir() if path.suffix != ".map")
    print(f"bundle: {len(entry_points())} entry points, {size / 1e6:.1f} MB in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
