# The commands people memorise. `make run` and `make test` set up what they need by themselves.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DATA   ?= .stagecoach
export STAGECOACH_DATA ?= $(DATA)

.DEFAULT_GOAL := help
.PHONY: help setup run demo test check format lint types imports contract migrations python-tests console e2e screenshots bench openapi lock image clean

help:  ## what there is
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# The environment is made anew whenever the lock file is newer than the stamp.
$(VENV)/.stamp: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Stagecoach needs Python 3.11 or newer; '$(PYTHON)' is older. Try: make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the Python environment into $(VENV) (once; about a minute) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

setup: $(VENV)/.stamp  ## the Python environment in .venv

run: setup  ## everything on this machine: PostgreSQL, practice clusters, the service
	@$(BIN)/python -m api.local

demo: setup  ## the whole journey against the running service; KUBECONFIGS=a:b:c for real clusters
	@$(BIN)/python -m trials.demo $(if $(KUBECONFIGS),--kubeconfigs $(KUBECONFIGS))

test: check python-tests  ## everything that must hold before a change lands

check: format-check lint types imports contract  ## all checks that run no test

format: setup  ## lay the code out
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --quiet . || true

format-check: setup
	@$(BIN)/ruff format --check --quiet . || { echo "Some files are not laid out: make format"; exit 1; }

lint: setup  ## ruff
	@$(BIN)/ruff check --quiet .

types: setup  ## mypy, strict
	@$(BIN)/mypy api services db sandbox trials tests

imports: setup  ## the direction of imports
	@$(BIN)/lint-imports

contract: setup  ## the committed contract is what the service publishes
	@$(BIN)/python -m api.openapi | diff -u openapi/openapi.json - > /dev/null || { echo "openapi/openapi.json is not what the service publishes: make openapi"; exit 1; }

openapi: setup  ## write the contract
	@$(BIN)/python -m api.openapi > openapi/openapi.json.new && mv openapi/openapi.json.new openapi/openapi.json

python-tests: setup
	@$(BIN)/pytest

bench: setup  ## speed, as ratios to a floor; KUBECONFIGS=a:b for real clusters
	@$(BIN)/python -m trials.bench $(if $(KUBECONFIGS),--kubeconfigs $(KUBECONFIGS))

lock: setup  ## resolve the dependencies anew; no registry address enters the files
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

image:  ## the container image
	docker build -t stagecoach:dev .

clean:  ## forget the practice clusters and the local database
	@rm -rf $(DATA)
