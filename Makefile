# Two commands: `make repro` (environment, pipeline, verdicts) and `make test` (the one gate). `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
# Bytecode is worth seconds per command; containers often switch it off.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help env repro retrain curation test verify portability lab paper record lock strip
.DEFAULT_GOAL := help

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-11s %s\n", $$1, $$2}'

env: .venv/ready ## make .venv/ from requirements.lock (about 6 GB, a few minutes)

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "make: $(PYTHON) is not Python 3.11, 3.12 or 3.13; say which one to use: make env PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

repro: env ## run what is stale, compute everything again and compare, print the verdicts and the path of the report
	@$(BIN)/dvc repro --allow-missing; status=$$?; echo; $(BIN)/reprolib report && exit $$status

retrain: env ## draw the pairs of the miniature, train and evaluate it on this machine, then as `make repro`
	@$(BIN)/dvc repro; status=$$?; echo; $(BIN)/reprolib report && exit $$status

curation: env ## after `make retrain`: train and compare the ladder on other choices of pairs
	@$(BIN)/dvc repro curation/dvc.yaml; status=$$?; $(BIN)/reprolib verify --study curation && exit $$status

test: env ## format, lint, types, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

verify: env ## check every figure, table and claim again, in a temporary directory
	$(BIN)/reprolib verify

portability: env ## verify everything on machines imitated here (about an hour); writes benchmarks/portability.md
	$(BIN)/python benchmarks/portability.py

lab: env ## open JupyterLab on the notebooks (in a container as root: make lab LAB=--allow-root)
	$(BIN)/jupyter lab $(LAB) --notebook-dir=notebooks --LabApp.news_url="" --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate

paper: env ## compile paper/paper.typ to build/paper.pdf
	$(BIN)/reprolib paper

record: env ## for authors: verify, then refresh the recorded verdicts, costs and the README table
	$(BIN)/reprolib verify --record
	$(BIN)/reprolib readme

strip: env ## for authors: remove outputs from the notebooks on disk
	$(BIN)/nbstripout --extra-keys metadata.language_info notebooks/*.ipynb

# One version of every package for all Python versions: the numbers must not depend on the interpreter.
lock: ## for authors: resolve pyproject.toml again (needs `uv`)
	uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --group dev --generate-hashes --no-annotate --no-header pyproject.toml -o requirements.lock
	$(PYTHON) tests/lock.py
