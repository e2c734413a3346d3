#!/bin/sh
# Clone this repository as it is committed into a temporary folder and run there what a newcomer
# runs, with times. Only what is committed counts.
#
#   scripts/fresh_clone_check.sh          make demo SERVE=0
#   scripts/fresh_clone_check.sh test     make demo SERVE=0, then make test
#
# KEEP=1 leaves the folder. The real data are found as for `make test`: LANDRELEASE_SHARED.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
place=$(mktemp -d)
[ "${KEEP:-}" = 1 ] || trap 'rm -rf "$place"' EXIT
trap 'exit 130' INT TERM

if [ -n "$(git -C "$root" status --porcelain)" ]; then
    echo "note: there are changes that are not committed; they are not part of this check" >&2
fi
git clone --quiet "$root" "$place/fresh"
cd "$place/fresh"
echo "clone of $(git log -1 --format='%h %s') in $place/fresh"

# The environment of this checkout must not reach into the clone.
unset VIRTUAL_ENV PYTHONPATH PYTHONHOME MAKEFLAGS MAKELEVEL 2>/dev/null || true

timed() {
    begun=$(date +%s)
    status=0
    "$@" </dev/null || status=$?
    echo "== $*: status $status, $(($(date +%s) - begun)) s"
    return "$status"
}

timed make demo SERVE=0
if [ "${1:-}" = test ]; then
    timed make test
fi
# What was set up stays: a second set-up has nothing to do.
timed make setup bundle
