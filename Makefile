# Netloom: `make demo` and `make test` do all their own set-up.
#   PYTHON=python3.12 make setup     choose the interpreter (3.11 to 3.13)

PYTHON   ?= python3
VENV     := .venv
BIN      := $(VENV)/bin
STAMP    := $(VENV)/.installed
PIP      := $(BIN)/python -m pip -qq --disable-pip-version-check
WORKERS  ?= 2
# Several test processes share the cores; one thread each avoids oversubscription.
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup demo examples test check unit format bench clean

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP) ## create .venv and install everything (once)

# torch first and under constraints, so that no other package can choose another build of it.
$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; \
	  ok = (3, 11) <= sys.version_info < (3, 14); \
	  sys.exit(0 if ok else "Netloom needs Python 3.11 to 3.13; this is %d.%d. Choose one: make PYTHON=python3.12" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (the first time takes a few minutes)"
	@$(PIP) install -c constraints.txt torch==2.13.0
	@$(PIP) install -c constraints.txt -e ".[dev]"
	@touch $@

demo: $(STAMP) ## train, evaluate and predict handwritten digits
	@$(BIN)/netloom run examples/digits/digits.yaml

examples: $(STAMP) ## run the pipelines of the examples and show their test scores
	@set -e; for file in scratch frozen finetune; do \
	  $(BIN)/netloom run examples/image_classification/$$file.yaml; done

test: check unit ## everything that CI checks

check: $(STAMP) ## format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(STAMP) ## the tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

format: $(STAMP) ## rewrite the sources in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP) ## run every benchmark; rows are JSON
	@set -e; for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script; done

clean: ## remove the environment and all caches
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
