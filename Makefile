# landrelease: the two commands are `make demo` and `make test`. Both set up what they need, on a
# machine with Python 3.11 or newer; everything installed lies in .venv and node_modules.
#
#   make demo                   build the made-up programme in ./demo and serve its map
#   make demo SERVE=0           the same, and end after the job
#   make demo DATA="a.shp b.csv"  the same on your own files (paths without spaces)
#   make test                   lint, types, import rules, documentation and all tests
#   make test TESTS=tests/land  some of the tests
#   make bench                  the benchmarks
#   make lint | format          check the style, or put it right
#   make messages               collect what the pages say, update and check the translations
#   make audit                  weaknesses of the code, and known ones of what is locked (asks
#                               databases on the network, and says so when it could not)
#   make sbom                   what the program is made of, as CycloneDX, in build/sbom
#   make lock                   re-lock, after a change in pyproject.toml or package.json
#   make wheel                  the package, front end included, in build/wheels
#   make clean | distclean      remove what was derived; and also .venv and node_modules
#
# PYTHON=/path/to/python3.12 names the interpreter of .venv; WORKERS=4 the processes of the tests.

BIN := .venv/bin
DEMO ?= demo
DATA ?=
SERVE ?= 1
TESTS ?=
WORKERS ?= 2
BENCH ?= $(wildcard benchmarks/*.py)
PYTHON ?=
export PYTHON

.DEFAULT_GOAL := help
# The steps of the set-up build on each other; the tests run side by side by themselves.
.NOTPARALLEL:
.PHONY: help demo test bench lint format messages audit sbom lock wheel bundle setup setup-dev system clean distclean

help:
	@sed -n 's/^#   //p' Makefile

demo: setup bundle
	$(BIN)/landrelease demo $(DEMO) $(foreach file,$(DATA),--data '$(file)') $(if $(filter 0 no false,$(SERVE)),--no-serve)

# The order is by cost; the output ends with the summary of pytest.
test: setup-dev bundle system lint
	@# Where Python is told to write no bytecode, every process of a test would compile all anew.
	@$(BIN)/python -m compileall -q src
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

bench: setup-dev bundle
	@set -e; for file in $(BENCH); do echo "== $$file"; $(BIN)/python "$$file"; done

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: setup
	$(BIN)/python scripts/messages.py

# Not part of `make test`, which asks nothing of the network. What could not be asked is no pass.
audit: setup-dev
	@$(BIN)/python scripts/audit.py

sbom: setup-dev
	@$(BIN)/python scripts/sbom.py

lock:
	sh scripts/lock.sh

wheel: setup-dev bundle
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir build/wheels .

setup:
	@sh scripts/setup.sh run

setup-dev:
	@sh scripts/setup.sh dev

# The script of the bundle needs .venv and nothing in it; Node comes into it where there is none.
bundle: setup
	@$(BIN)/python scripts/bundle.py
	@$(BIN)/python scripts/messages.py compile

system: setup-dev
	@sh scripts/test_system.sh

clean:
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -f src/landrelease/web/locale/*/LC_MESSAGES/*.mo
	rm -rf src/landrelease/web/static/dist src/landrelease/web/static/.dist-new src/*.egg-info
	find src tests benchmarks scripts -type d -name __pycache__ -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv node_modules
