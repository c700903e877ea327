# Tingshuo 听说. `make demo` and `make test` set up their own environment in .venv; nothing else is touched.
# PYTHON=python3.12 picks an interpreter; VENV=elsewhere puts the environment elsewhere.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; exit; }; done; echo python3)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help demo test check fix bench lock clean
.DEFAULT_GOAL := help

help:  ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.ready  ## hold a recorded conversation, no network or sound card needed; leaves out/demo/
	@$(BIN)/tingshuo demo

test: check  ## everything CI runs: the checks, then all tests, with coverage of core/ and pipeline/
	@$(BIN)/coverage run -m pytest
	@$(BIN)/coverage report --fail-under=90

check: $(VENV)/.ready-dev  ## format, lint, types (pyright strict), import contracts
	@$(BIN)/ruff format --check --quiet . || { echo 'run "make fix"'; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/pyright --warnings
	@$(BIN)/lint-imports --config pyproject.toml

fix: $(VENV)/.ready-dev  ## format, and mend what ruff can mend
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: $(VENV)/.ready  ## what it costs, how fast it answers: tables, and JSON in out/bench/
	@$(BIN)/python -m bench.overhead
	@$(BIN)/python -m bench.latency
	@$(BIN)/python -m bench.emotion
	@$(BIN)/python -m bench.screen
	@$(BIN)/python -m bench.lag
	@$(BIN)/python -m bench.replay --json out/bench/replay.json

lock: $(VENV)/.ready-dev  ## write the versions in .venv to constraints.txt
	@$(PIP) freeze --exclude-editable | grep -v '^torch==' | LC_ALL=C sort > constraints.new
	@{ echo '# Every version the environment is made of; "make lock" writes it. torch is only in the gpu extra.'; \
	   echo 'torch==2.13.0'; cat constraints.new; } > constraints.txt && rm constraints.new

clean:  ## remove the environment and everything made by running
	rm -rf $(VENV) out .ruff_cache .hypothesis .coverage

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Tingshuo needs Python 3.11 or newer; $(PYTHON) is older. Set PYTHON=...'; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo 'Python cannot make an environment. On Debian: sudo apt-get install python3-venv'; exit 1; }

$(VENV)/.ready: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo 'Setting up $(VENV): the first time compiles llama.cpp, about 4 minutes on two cores ...'
	@$(PIP) install --quiet --progress-bar on -c constraints.txt -e .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@$(PIP) install --quiet --progress-bar on -c constraints.txt -e '.[dev,gpu]'
	@touch $@
