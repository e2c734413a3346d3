#!/bin/sh
# Re-lock the dependencies: requirements/run.txt (the program), requirements/dev.txt (tests, lint),
# requirements/bench.txt (the peers that benchmarks compare with).
# The locks name versions and hashes only, so any mirror of the Python package index serves them.
set -eu
cd "$(dirname "$0")/.."
lock() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$@"
}
lock pyproject.toml --output-file requirements/run.txt
lock pyproject.toml --group test --group lint --constraint requirements/run.txt \
    --output-file requirements/dev.txt
lock pyproject.toml --group test --group lint --group bench --constraint requirements/dev.txt \
    --output-file requirements/bench.txt
