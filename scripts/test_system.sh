#!/bin/sh
# See that what the tests need outside Python is there: PostgreSQL with PostGIS, a Chromium to drive
# without a window, GDAL's programs (an independent reader of what we write), and a Java for ODK
# Validate (which comes with pyxform), Caddy, behind which the site is tested, and what loads the filter of
# its unit. What is missing is
# installed when it can be. Quick when everything is present. Missing pieces that cannot be had are no
# failure here: the tests that need them say so, and fail where CI=true.
set -eu
cd "$(dirname "$0")/.."
say() { printf 'setup: %s\n' "$*" >&2; }

# --- PostgreSQL and PostGIS: the tests look for them in the same way (tests/postgres.py) ----------
if ! .venv/bin/python tests/postgres.py; then
    package=postgresql-postgis
    if command -v apt-cache >/dev/null && ! apt-cache show "$package" >/dev/null 2>&1; then
        # Older releases have no such name; take the newest of the versioned ones.
        package=$(apt-cache search --names-only '^postgresql-[0-9]+-postgis-[0-9]+$' |
            cut -d' ' -f1 | sort -V | tail -n 1)
    fi
    scripts/apt.sh "${package:-postgresql-postgis}" || say "the PostgreSQL tests will not run"
fi

# --- Chromium --------------------------------------------------------------------------------------
# Ubuntu's chromium is a snap, which runs neither in a container nor as root; there the build that
# comes with Playwright is taken.
if ! .venv/bin/python tests/browser.py; then
    if grep -qs '^ID=ubuntu' /etc/os-release; then
        say "Ubuntu packs Chromium as a snap only; taking the build of Playwright"
        if [ "${DRY_RUN:-}" = 1 ]; then
            say "would run: playwright install --with-deps chromium"
        else
            .venv/bin/python -m playwright install --with-deps chromium >&2 </dev/null ||
                say "the browser tests will not run; install google-chrome, or name a Chromium" \
                    "in the variable CHROMIUM"
        fi
    else
        scripts/apt.sh chromium || say "the browser tests will not run; any Chromium or Chrome" \
            "will do, its path in the variable CHROMIUM if it has another name"
    fi
fi

# --- GDAL ------------------------------------------------------------------------------------------
command -v ogr2ogr >/dev/null || scripts/apt.sh gdal-bin || say "the GDAL tests will not run"

# --- Java ------------------------------------------------------------------------------------------
command -v java >/dev/null || scripts/apt.sh default-jre-headless ||
    say "field forms will not be checked with ODK Validate"

# --- Caddy -----------------------------------------------------------------------------------------
command -v caddy >/dev/null || scripts/apt.sh caddy || say "the site will not be tested behind a proxy"

# --- systemd-analyze and libseccomp: the filter of system calls in the units of deploy/ -------------
.venv/bin/python tests/system_calls.py || scripts/apt.sh systemd libseccomp2 ||
    say "the units' filter of system calls will not be tested"
