# Motkraft: make demo, make test. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
BIN := .venv/bin
INSTALLED := .venv/.installed
unexport PYTHONPATH
unexport PYTHONHOME
# the tests start the command many times: it is compiled once
unexport PYTHONDONTWRITEBYTECODE
# a folder that was moved, or whose Python is gone, is installed anew
$(shell [ -x $(BIN)/python ] && [ "$$(cat $(INSTALLED) 2>/dev/null)" = "$$(pwd)" ] || rm -f $(INSTALLED) 2>/dev/null)

.NOTPARALLEL:
.PHONY: help demo test install browser tools lint types unit journeys bench screenshots messages lock clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(INSTALLED) ## install everything and serve the product with synthetic data
	@exec $(BIN)/python -m motkraft.cli demo --host $(HOST) --port $(PORT)

test: $(INSTALLED) browser tools lint types unit journeys ## install everything, then lint, types, tests, journeys in a browser

install: $(INSTALLED) ## install into .venv

$(INSTALLED): requirements.txt pyproject.toml
	@bash scripts/install $(PYTHON)

browser: ## a Chromium for the journeys, installed where that is allowed
	@bash scripts/browser

tools: ## what verifies from outside (openssl, age, Go, SoftHSM2), installed where that is allowed
	@bash scripts/tools

lint: $(INSTALLED) ## ruff, import layers, message catalogues
	$(BIN)/ruff check src tests benchmarks scripts
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m motkraft.web.catalogues --check

types: $(INSTALLED) ## mypy --strict on the engines and the rules
	$(BIN)/mypy

unit: $(INSTALLED) ## unit and integration tests, on PostgreSQL
	$(BIN)/python -m pytest -n 2 --dist worksteal --ignore tests/journeys

# apart from the other tests: a driven browser keeps an event loop running in its process
journeys: $(INSTALLED) browser ## the journeys in a browser
	$(BIN)/python -m pytest -n 2 --no-loadscope-reorder tests/journeys

bench: ## list the benchmarks
	@for name in retrieval field exposures threats throughput patterns incidents uploads decisions; do \
	  printf '%s\n' "$(BIN)/python benchmarks/$$name.py [--quick] [--json FILE]" \
	  "    $$(sed -n '1s/^"""//p' benchmarks/$$name.py)"; done

screenshots: $(INSTALLED) browser ## pictures of every main page, wide and narrow, into var/screenshots
	$(BIN)/python scripts/screenshots.py

messages: $(INSTALLED) ## compile the message catalogues
	$(BIN)/python -m motkraft.web.catalogues

lock: ## renew requirements.txt, with hashes
	$(BIN)/uv pip compile -q --generate-hashes --no-header --no-annotate --extra dev pyproject.toml -o requirements.txt --python-version 3.11

clean: ## remove the virtual environment and all data of the demo
	rm -rf .venv var
