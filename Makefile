# Everything runs in .venv, made on first use. Another interpreter: make test PYTHON=python3.12
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-all test-peer check bench

demo: .venv/.arena
	$(BIN)/arena demo

test: check
	$(BIN)/pytest -n 3 --dist worksteal -m "not slow"

test-all: check
	$(BIN)/pytest -n 3 --dist worksteal

# Against a model server of somebody else's, in an environment of its own: a gigabyte and some minutes.
test-peer: .venv/.dev .peer/.peer
	ARENA_PEER_PYTHON=$(CURDIR)/.peer/bin/python $(BIN)/pytest -m slow tests/test_peer_server.py

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python

bench: .venv/.bench
	@set -e; for part in play sandbox env store ratings calls flight judging; do echo; $(BIN)/python -m benchmarks.$$part; done

.venv/.arena: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "arena needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/.dev: .venv/.arena
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

.peer/.peer: pyproject.toml
	$(PYTHON) -m venv .peer
	.peer/bin/python -m pip install --quiet --disable-pip-version-check torch 'transformers[serving]>=5'
	@touch $@

.venv/.bench: .venv/.arena
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@
