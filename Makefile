# The commands of this project. On a machine without make: pip install -r requirements.txt && python app.py
#
# PYTHON picks the interpreter, VENV the folder, ARGS goes to the program:
#   make run ARGS="--port 8000"
#   make test PYTHON=python3.12 VENV=.venv-3.12 ARGS="tests/test_model.py -k table"

VENV ?= .venv
ARGS ?=
export VENV PYTHON

python := $(VENV)/bin/python
javascript = cnnviz/ui tests/ui
browsers = $${CHROMIUM:-chromium chromium-browser google-chrome}
find_browser = for browser in $(browsers); do command -v "$$browser" && break; done >/dev/null

.PHONY: help run test oracle bench lint format

help:
	@echo "make run     start the page on the embedded model"
	@echo "make test    run every test"
	@echo "make oracle  compare maps and activations with those of other libraries"
	@echo "make bench   measure, and print the figures"
	@echo "make lint    check style, format and types"
	@echo "make format  fix style and format"

run:
	@sh scripts/install app
	$(python) app.py $(ARGS)

test:
	@sh scripts/install dev
	@$(find_browser) || echo "No Chromium was found, so the browser tests are skipped. Install chromium, or name one in CHROMIUM."
	$(python) -m pytest $(ARGS)

# Other libraries, each with the framework that it needs in an environment of its own: 4 GB, made at the first use.
oracle:
	@sh scripts/install dev
	@PYTHON=$(python) VENV=.oracle/tensorflow sh scripts/install tensorflow
	@PYTHON=$(python) VENV=.oracle/torch sh scripts/install torch
	$(python) -m pytest -m oracle tests/oracle $(ARGS)

bench:
	@sh scripts/install dev
	$(python) -m benchmarks $(ARGS)

lint:
	@sh scripts/install dev
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(VENV)/bin/lint-imports --no-logo
	$(python) -m mypy
	$(VENV)/bin/oxlint $(javascript)
	$(VENV)/bin/oxfmt --check $(javascript)

format:
	@sh scripts/install dev
	$(python) -m ruff check --fix .
	$(python) -m ruff format .
	$(VENV)/bin/oxlint --fix $(javascript)
	$(VENV)/bin/oxfmt $(javascript)
