# psx-warehouse. `make` lists the targets.

SNAPSHOTS ?= $(WAREHOUSE)/landing
WAREHOUSE ?= warehouse
INDEX_HISTORY ?=
ALLOW ?=
PYTHON ?= python3

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PSX := $(BIN)/psx

.DEFAULT_GOAL := help
.PHONY: help build test test-spark lint check docs bench bench-models dating kill faults readers picture bi \
	bi-tableau format lock clean load fuzz fuzz-guided audit wheel calendar

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "make build SNAPSHOTS=dir WAREHOUSE=dir INDEX_HISTORY=file works on files of your own."

build: $(VENV)/.run ## set up the environment, parse new snapshots, build and publish the warehouse
	@$(PSX) parse --warehouse "$(WAREHOUSE)" "$(SNAPSHOTS)"
	@$(PSX) build --warehouse "$(WAREHOUSE)" $(if $(INDEX_HISTORY),--index-history "$(INDEX_HISTORY)") \
		$(foreach guard,$(ALLOW),--allow "$(guard)")

test: $(VENV)/.dev ## set up the environment with its tools and run the tests
	@$(BIN)/pytest

test-spark: $(VENV)/.dev ## the tests of the cluster on Apache Spark too: master, two workers (Java 17; some 20 minutes)
	@test -x .spark/bin/python || $(PYTHON) -m venv .spark
	@.spark/bin/python -m pip install --quiet --disable-pip-version-check "pyspark[connect]>=4.2" \
		backports-zstd fastwarc isal orjson polars pyarrow selectolax xxhash
	@PSX_TEST_SPARK="$(CURDIR)/.spark/bin/python" $(BIN)/pytest tests/test_cluster.py --numprocesses=1

lint: $(VENV)/.dev ## format, lint, types, import contract
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

check: lint test ## lint and test: what is called clean

docs: $(VENV)/.dev ## write docs/reference and the answers of queries anew, and docs/site/index.html
	@$(BIN)/python -m docs.generate
	@$(BIN)/python -m docs.cookbook

format: $(VENV)/.dev ## bring the Python files into the house style
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## measure parsing beside baselines (needs ripgrep; some 15 minutes)
	@$(BIN)/python -m bench.run

bench-models: $(VENV)/.dev ## measure a build of ten years beside plain DuckDB (some 5 minutes)
	@$(BIN)/python -m bench.models

picture: $(VENV)/.dev ## draw the picture of the page in the README anew (needs Chromium)
	@$(BIN)/python -m docs.picture

bi: $(VENV)/.dev ## read the sample's exports with every BI reader, write docs/bi.md anew (hyparquet needs npm)
	@if command -v npm > /dev/null; then \
		npm install --silent --no-save --no-package-lock --prefix .node hyparquet@1.33.0; fi
	@$(BIN)/python -m docs.bi

bi-tableau: $(VENV)/.dev ## the same with Tableau's engine, which it installs (some 290 MB)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --group tableau
	@$(MAKE) --no-print-directory bi

dating: $(VENV)/.dev ## measure how well undated pages are placed (some 10 minutes)
	@$(BIN)/python -m bench.dating

kill: $(VENV)/.dev ## kill commands at every call that changes a name and at 500 moments (hours; needs a C compiler)
	@$(BIN)/python -m bench.kill

faults: $(VENV)/.dev ## let file-system calls of every command fail (hours; needs a C compiler)
	@$(BIN)/python -m bench.faults

readers: $(VENV)/.dev ## eight readers through 200 publishes, and nights that start together
	@$(BIN)/python -m bench.readers

load: $(VENV)/.dev ## parse and build a week of a hundred pages kept each minute (some 15 minutes)
	@$(BIN)/python -m bench.load

fuzz: $(VENV)/.dev ## ten million generated documents, two million mutated files, every slip of a line
	@POLARS_MAX_THREADS=1 $(BIN)/python -m bench.fuzz

fuzz-guided: $(VENV)/.dev ## mutated files again, led by coverage (atheris)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --group fuzz
	@POLARS_MAX_THREADS=1 $(BIN)/python -m bench.fuzz.guided -runs=1000000

audit: $(VENV)/.dev ## look up known vulnerabilities of the locked packages (needs a network)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --group audit
	@$(BIN)/python -m bench.audit

wheel: $(VENV)/.dev ## build the wheel, install it from the lock into an empty environment, try it out
	@rm -rf dist
	@$(BIN)/python -m bench.wheel

calendar: $(VENV)/.dev ## write sql/reference/trading_days.csv anew from the holidays of the exchange
	@$(BIN)/python -m docs.trading_days

lock: $(VENV)/.dev ## write the lock files anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
		pyproject.toml --group build --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
		pyproject.toml --group dev --output-file requirements-dev.lock

clean: ## remove the environment and everything built, but never the snapshots
	rm -rf $(VENV) .spark .node dist docs/site artefacts
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf warehouse/lake warehouse/generations warehouse/current warehouse/market.duckdb \
		warehouse/export warehouse/report warehouse/.lock

$(VENV)/.run: requirements.lock pyproject.toml
	@echo "setting up $(VENV)" >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "psx-warehouse needs Python 3.11 or newer; name one with PYTHON=...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "setting up the development tools" >&2
	@$(PIP) --require-hashes --requirement requirements-dev.lock
	@touch $@
