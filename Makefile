# The house's front door. `make help` lists what it does; `make demo` and `make test` need
# nothing done before. Needs: make, Python 3.11-3.13 with venv, a package registry once.

VENV := .venv
PY := $(VENV)/bin/python
STAMPS := $(VENV)/stamps
VENDOR := gateway/console/vendor/manifest.json
PIP := $(PY) -m pip install --quiet --no-input --disable-pip-version-check --no-compile
REACH := The lines above say why. Without a package registry in reach, set-up cannot go on: \
	mend the network (or pip's settings) and say it again.
ROOMS := ledger exchange gateway gpubourse tests bench setup examples

# PYTHON=… builds .venv with that Python; unset, setup/find-python chooses.
PYTHON ?=
# DUMP=mine.txt opens the demo on your own machine's `nvidia-smi -q`.
DUMP ?=
# WORKERS=… shares the tests among so many processes; unset, one more than cores (8 at most).
WORKERS ?= auto
# ROUNDS=… is how often `make flaky` runs the tests; SEED=… runs one round's order again.
ROUNDS ?= 4
SEED ?=
# OLD=… is the checkout that `make against` runs beside this one.
OLD ?=
# ARGS=… is handed to the command behind the target: make test ARGS=tests/house
ARGS ?=

SHARED = --numprocesses $(WORKERS) --maxprocesses 8 --dist loadgroup

export PYTHONUNBUFFERED := 1
# Where bytecode is not kept, each of the hundreds of processes of a test run compiles all anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup console demo run test flaky check catalogue bench against storm mutants clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

setup: $(STAMPS)/package console ## .venv with gpubourse in it, and the console's libraries

demo: setup ## a venue with a living market; prints the console's address (DUMP=file)
	@exec setup/until-interrupted $(VENV)/bin/gpubourse demo $(if $(DUMP),--dump "$(DUMP)") $(ARGS)

run: setup ## an empty venue of your own
	@exec setup/until-interrupted $(VENV)/bin/gpubourse run $(ARGS)

test: setup $(STAMPS)/tests ## every test but the storms
	@$(PY) -m pytest $(SHARED) $(ARGS)

flaky: setup $(STAMPS)/tests ## the tests in random order and at other hours, half of them under load (ROUNDS=4)
	@$(PY) setup/flaky.py --rounds $(ROUNDS) $(if $(SEED),--seed $(SEED)) $(SHARED) $(ARGS)

check: setup $(STAMPS)/tests ## ruff, the format, mypy --strict
	@$(PY) -m ruff check $(wildcard $(ROOMS))
	@$(PY) -m ruff format --check $(wildcard $(ROOMS))
	@$(PY) -m mypy
	@$(PY) setup/house.py sizes

catalogue: $(STAMPS)/tests ## made anew from the code: the catalogue, the house's page, the client, the definitions
	@$(PY) -m setup.catalogue
	@$(PY) -m setup.client_verbs
	@$(PY) -m setup.contract
	@$(PY) -m setup.definitions
	@$(PY) setup/house.py

bench: setup ## each claim of the README, beside a peer in the same run
	@for script in bench/[a-z]*.py; do echo "== $$script"; $(PY) "$$script" $(ARGS) || exit; done

against: setup ## engine, replay and feeds beside another checkout, in turn (OLD=../old)
	@$(PY) bench/_against.py "$(OLD)" $(ARGS)

storm: setup $(STAMPS)/tests ## the long tests: kills and torn writes, many times over
	@$(PY) -m pytest -m storm $(ARGS)

mutants: setup $(STAMPS)/tests ## faults planted in a copy, 300 of them: which does no test find? (resumes)
	@$(PY) -m setup.mutants $(ARGS)

clean: ## forget .venv and what set-up fetched; journals are left alone
	rm -rf $(VENV) $(dir $(VENDOR)) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	find $(wildcard $(ROOMS)) -type d -name __pycache__ -prune -exec rm -rf {} +

# --- set-up, one stamp a step: a second call has nothing to do -----------------------------

# A .venv from another folder or of a Python that is gone does not serve: it is made anew.
ifneq ($(shell cat $(STAMPS)/venv 2>/dev/null && $(PY) -c '' 2>/dev/null && echo ok),$(CURDIR) ok)
.PHONY: $(STAMPS)/venv
endif

$(STAMPS)/venv:
	@python=$$(setup/find-python "$(PYTHON)") && \
	setup/step "making .venv with $$($$python --version)" \
		"The lines above say why. Is this folder writable, and the disk not full?" \
		$$python -m venv --clear $(VENV)
	@mkdir -p $(STAMPS) && echo "$(CURDIR)" > $@

$(STAMPS)/libraries: requirements.lock $(STAMPS)/venv
	@setup/step "installing the libraries of requirements.lock" "$(REACH)" \
		$(PIP) --no-deps --require-hashes --only-binary :all: -r requirements.lock
	@touch $@

$(STAMPS)/package: pyproject.toml $(STAMPS)/libraries
	@setup/step "installing gpubourse from this folder" "$(REACH)" $(PIP) --no-deps --editable .
	@touch $@

$(STAMPS)/tests: requirements-test.lock $(STAMPS)/package
	@setup/step "installing the test tools of requirements-test.lock" "$(REACH)" \
		$(PIP) --no-deps --require-hashes --only-binary :all: -r requirements-test.lock
	@touch $@

# The console is worth having but not needed: vendor.py says what is missing and set-up goes on.
console: $(STAMPS)/venv
	@$(PY) setup/vendor.py
