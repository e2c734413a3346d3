#!/bin/sh
# Make or refresh the virtual environment .venv.
#
#   scripts/setup.sh run    what the program needs      (requirements/run.txt)
#   scripts/setup.sh dev    and what its tests need     (requirements/dev.txt)
#
# Everything is installed from the locks, by hash. A second run with the same locks does nothing.
# PYTHON names the interpreter to use; otherwise the first Python 3.11 or newer on PATH is taken.
set -eu
cd "$(dirname "$0")/.."

stage=${1:?say which stage: run or dev}
say() { printf 'setup: %s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

case $stage in run | dev) ;; *) stop "unknown stage '$stage'; it is run or dev" ;; esac

# Interpreters are tried by running them: a name on PATH may be a shim with nothing behind it.
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14 python}; do
        if new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

# A virtual environment that was moved or whose Python was removed no longer runs.
if [ -d .venv ] && ! new_enough .venv/bin/python; then
    say "the Python of .venv is gone or older than 3.11; making .venv anew"
    rm -rf .venv
fi

key=$(cat requirements/run.txt requirements/dev.txt scripts/build.txt pyproject.toml | sha256sum)
stamp() { printf '.venv/.installed-%s' "$1"; }
current() { [ "$(cat "$(stamp "$1")" 2>/dev/null)" = "$key" ]; }

# What the tests need includes what the program needs.
if current dev || { [ "$stage" = run ] && current run; }; then
    exit 0
fi

if [ ! -d .venv ]; then
    python=$(find_python) || {
        if [ -z "${PYTHON:-}" ] && scripts/apt.sh python3 python3-venv && python=$(find_python); then
            :
        else
            found=${PYTHON:+PYTHON=$PYTHON, which is none}
            found=${found:-$(python3 --version 2>/dev/null || echo 'no python3')}
            stop "Python 3.11 or newer is needed, found: $found." \
                "Install one (Debian 12, Ubuntu 24.04: apt install python3 python3-venv;" \
                "Ubuntu 22.04: apt install python3.11 python3.11-venv) and run make again," \
                "or name it: make PYTHON=/path/to/python3.11"
        fi
    }
    # Debian ships Python without ensurepip; the package that brings it is named by its version.
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        scripts/apt.sh "python$version-venv" || stop "$python cannot make virtual environments;" \
            "install python$version-venv (or python3-venv) and run make again"
    fi
    say "making .venv with $("$python" --version)"
    # Half an environment is worse than none: it would be taken for a whole one next time.
    "$python" -m venv .venv || { rm -rf .venv; stop "could not make .venv; see above"; }
fi

say "installing requirements/$stage.txt"
install() { .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"; }
install --require-hashes -r scripts/build.txt
install --require-hashes -r "requirements/$stage.txt"
# The project itself, editable; its dependencies stand above, by hash.
install --no-deps --no-build-isolation --editable .
broken=$(.venv/bin/python -m pip check 2>/dev/null) ||
    stop "the locks do not fit together, run make lock: $broken"
printf '%s' "$key" >"$(stamp "$stage")"
