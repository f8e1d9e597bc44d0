# Every command of the house; `make` alone lists them. What takes more than a line stands in tools/.

VENV := .venv
BIN := $(VENV)/bin

CORES := e2ee permissions calls standard_calls

# Else each of the hundreds of processes that tests and benchmarks start would compile all modules.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup run test slow check mutations fuzz bench nat screens lock

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

setup: $(VENV)/.ready-to-test ## install everything for running, checking and testing into .venv

run: $(VENV)/.ready-to-run ## start tui-call; ARGS="…" are passed on to it
	@$(BIN)/tui-call $(ARGS)

# To import all other files once more takes a quarter of a minute.
files_with = $$(grep -rlE 'mark\.($(1))\b' --include='test_*.py' tests)

# The cores' tests have run in the check, under the eye of the coverage.
test: check ## all checks, then all tests but the slow ones
	@$(BIN)/pytest -q -n 4 -m "not e2e and not lengthy and not slow" $(patsubst %,--ignore=tests/%,$(CORES))
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "(e2e or lengthy) and not sound and not slow" $(call files_with,e2e|lengthy)
	@$(BIN)/pytest -q -n 0 -m "sound and not slow" $(call files_with,sound)

slow: setup ## the tests that take minutes, which `make test` leaves out
	@$(BIN)/pytest -q -n 2 -m "slow and not sound" $(call files_with,slow)
	@$(BIN)/pytest -q -n 0 -m "slow and sound" $(call files_with,sound)

check: setup ## style, types, import contracts, stale files, coverage of the cores
	@tools/check.sh

mutations: setup ## take out one defence at a time and show that tests notice; ONLY="…" names some
	@$(BIN)/python -m tests.mutations.mutations $(ONLY)

fuzz: setup ## give every parser changed bytes, for FUZZ_SECONDS (600)
	@$(BIN)/python -m tests.fuzz.fuzz

bench: setup ## measure, and print the tables
	@$(BIN)/python -m bench

nat: setup ## measure calls behind NATs and into another network; as root, in network namespaces
	@$(BIN)/python -m bench.nat

screens: setup ## make the pictures in docs/screens anew, from the running program
	@$(BIN)/python docs/make_screens.py

lock: setup ## write the lock files anew after a change of pyproject.toml
	@tools/lock.sh

$(VENV)/.ready-to-run: requirements-run.txt pyproject.toml
	@tools/setup.sh run
	@touch $@

$(VENV)/.ready-to-test: requirements.txt requirements-run.txt pyproject.toml
	@tools/setup.sh test
	@touch $(VENV)/.ready-to-run $@
