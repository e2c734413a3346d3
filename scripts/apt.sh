#!/bin/sh
# Install Debian or Ubuntu packages when that is possible without asking: as root, or through sudo
# without a password. Ends with status 1, and says what to install, when it is not.
#
#   scripts/apt.sh PACKAGE...
#
# DRY_RUN=1 prints the command in place of running it.
set -eu
say() { printf 'setup: %s\n' "$*" >&2; }

if ! command -v apt-get >/dev/null; then
    say "needed from the system's packages (there is no apt-get here, install them by hand): $*"
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root='sudo -n'
else
    say "needed from the system's packages, and this is not root:  sudo apt-get install $*"
    exit 1
fi
if [ "${DRY_RUN:-}" = 1 ]; then
    say "would run: $as_root apt-get install $*"
    exit 0
fi
say "installing $*"
# shellcheck disable=SC2086  # as_root is empty or several words
{
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
} >&2 </dev/null
