# `make` shows what there is; `make demo` and `make test` are all that a fresh machine needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO := demo-rules
# a file of tests runs in one worker: its servers and months are built once; tests/conftest.py says in which order
ALL_TESTS := -n 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help demo setup check style test coverage consumers image golden examples live bench build clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/slo: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "slo-compiler needs Python 3.11 or newer: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "installing slo-compiler into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@$(BIN)/python -m compileall -q slo_compiler
	@touch $(BIN)/slo

$(STAMP): $(BIN)/slo
	@echo "installing what checks and tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(STAMP)

demo: $(BIN)/slo ## compile the examples and say where the rules are
	@$(BIN)/slo compile examples -o $(DEMO)
	@echo
	@echo "The promises stand in examples/chat-gateway.yaml, the rules in $(DEMO)/chat-gateway.prometheus.rules.yml."
	@echo "Next: change an objective in examples/chat-gateway.yaml and run 'make demo' again; README.md goes on from there."

setup: $(STAMP) ## bring what tests need: Python packages and servers
	@sh tests/setup_servers.sh

check: style ## style, types, architecture, examples fresh
	@$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_docs.py tests/test_catalogue.py tests/test_cases.py tests/test_grafana.py tests/test_provisioning.py

style: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "run: $(BIN)/ruff format ." >&2; exit 1; }
	@$(BIN)/mypy

test: setup style ## everything, on real servers: what `make check` runs is among it
	@$(BIN)/python -m pytest -q $(ALL_TESTS)

coverage: setup ## the same, and which lines are run by it: twice as long
	@$(BIN)/python -m pytest -q $(ALL_TESTS) --cov --cov-report=term --cov-fail-under=90

live: setup ## the real run alone, with its figures
	@$(BIN)/python -m pytest -q -s tests/live

consumers: setup ## what vmalert, VictoriaMetrics, Thanos and Mimir say (built once, or where they are: SLO_CONSUMERS=DIR)
	@SLO_CONSUMERS="$${SLO_CONSUMERS:-$$(sh tests/setup_consumers.sh)}" && export SLO_CONSUMERS && $(BIN)/python -m pytest -q tests/consumers/test_*.py

image: $(STAMP) ## build the image and run it (needs Docker or Podman)
	@$(BIN)/python -m pytest -q tests/containers/test_image.py

golden: $(STAMP) ## rewrite expected outputs: look at the difference before you commit it
	@$(BIN)/python -m tests.golden

examples: $(BIN)/slo ## compile examples/ into examples/_compiled/
	@$(BIN)/slo compile examples -o examples/_compiled

bench: $(STAMP) ## CPU seconds and memory of whole processes
	@$(BIN)/python tests/bench.py

build: $(STAMP) ## the wheel, into dist/
	@$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean: ## remove what make made
	@rm -rf $(VENV) $(DEMO) dist build .pytest_cache .mypy_cache .ruff_cache .coverage
