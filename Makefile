# Everything a person or CI does here, from a bare machine with Python 3.11+ and make.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: demo test campaign lint format clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed  ## apply configs/demo.yaml against the sandbox, inside this process
	$(BIN)/m2msync apply configs/demo.yaml --sandbox

# Twice as many as processors: the journeys wait for each other's servers about as much as they compute. Each begins with
# its share, so that what a module's tests have in common is made once, and takes over from others when it is done.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(2 * (os.cpu_count() or 1))')
test: $(VENV)/.dev $(VENV)/peers/.installed  ## the whole suite
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

KILLS ?= 200
campaign: $(VENV)/.dev    ## kill -9 the command KILLS times, and prove after each that nothing wrong is visible
	$(BIN)/python -m tests.campaign --kills $(KILLS)
	$(BIN)/python -m tests.campaign --kills 20 --connections 8 --one-file

lint: $(VENV)/.dev        ## style, types, arrows between modules, dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry m2msync

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "m2msync needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[sandbox,report]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[all]' --group dev
	@touch $@ $(VENV)/.installed

$(VENV)/peers/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m venv --without-pip $(VENV)/peers
	$(BIN)/python -m pip --python $(VENV)/peers install --quiet --group peers
	@touch $@

clean:
	rm -rf $(VENV) demo-data build dist
