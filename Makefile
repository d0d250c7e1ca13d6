# Everything a developer and CI call. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS ?= 2
DEMO ?= demo

.PHONY: help setup demo test check format-check lint types imports spelling docs-check fix bench docs pictures viewer-pictures deidentifiers gallery nightly pins clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

setup: $(STAMP) ## Make .venv with groundglass and everything its tests need; quick when up to date

$(STAMP): pyproject.toml constraints.txt scripts/make-venv
	@PYTHON="$(PYTHON)" bash scripts/make-venv $(VENV)
	@touch $@

demo: setup ## Read five phantom patients and print truth against measured
	$(BIN)/groundglass demo -o $(DEMO) --overwrite

test: setup ## Run the tests
	$(BIN)/python -m pytest -n $(JOBS) -m "not nightly"

check: setup format-check lint types imports spelling docs-check ## Format, lint, types, import contracts, spelling, docs

format-check:
	$(BIN)/ruff format --check .

lint:
	$(BIN)/ruff check .

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

spelling:
	$(BIN)/codespell

docs-check:
	$(BIN)/python docs/_generate.py --check

fix: setup ## Format and mend what can be mended by machine
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## Measure speed and memory; writes docs/benchmarks.md (about ten minutes, on an idle machine)
	$(BIN)/python benchmarks/bench.py all --write docs/benchmarks.md

docs: setup ## Write the reference pages again from the code
	$(BIN)/python docs/_generate.py

pictures: setup ## Draw the pictures of the docs again, from a phantom
	$(BIN)/python docs/_pictures.py

viewer-pictures: setup ## Draw the pictures of our DICOM objects in OHIF again (needs Orthanc, Chromium, npm)
	bash scripts/install-ohif
	PYTHONPATH=tests/peers $(BIN)/python docs/_viewer.py

deidentifiers: setup ## Plant identifiers and hold de-identification against other programs; writes two pages of docs
	PYTHONPATH=tests/made $(BIN)/python benchmarks/deidentify.py pages --write docs/explanation

gallery: setup ## Render the real cases and the failure phantoms into gallery/ (local only, never committed)
	$(BIN)/python benchmarks/gallery.py $(GALLERY_OPTIONS)
	$(BIN)/python benchmarks/gallery.py --phantoms

nightly: setup ## The long runs: many phantoms, many damaged inputs; writes docs/nightly
	PYTHON=$(BIN)/python bash scripts/nightly

pins: ## Write constraints.txt again from what is installed in .venv
	@{ echo "# The pinned environment: make setup and CI install exactly these. Refresh with: make pins"; \
	   $(BIN)/python -m pip freeze --exclude-editable --exclude pip --exclude setuptools --exclude groundglass \
	   | grep -E '^[A-Za-z0-9._-]+==' | sed 's/+.*//' ; } > constraints.txt.new && mv constraints.txt.new constraints.txt

clean: ## Remove what the targets made, .venv included
	rm -rf $(VENV) $(DEMO) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis benchmarks/.cache
