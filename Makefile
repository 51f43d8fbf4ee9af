# The commands of this project. On a machine without make: pip install -r requirements.txt && python app.py
#
# PYTHON picks the interpreter, VENV the folder, ARGS goes to the program:
#   make run ARGS="--port 8000"
#   make test PYTHON=python3.12 VENV=.venv-3.12 ARGS="tests/drawing/test_grid.py -k silent"

VENV ?= .venv
ARGS ?=
export VENV PYTHON

python := $(VENV)/bin/python
javascript = $$(find cnnviz/ui tests/ui -name '*.js')
browsers = $${CHROMIUM:-chromium-headless-shell chromium chromium-browser google-chrome}
# Two files at a time: many tests wait for a browser or a server more than they compute.
pytest = $(python) -m pytest -n 2 --dist loadfile --no-loadscope-reorder
on_torch = tests/test_own_models.py tests/network/test_keras_answers.py tests/network/test_number_types.py tests/network/test_terms.py
find_browser = for browser in $(browsers); do command -v "$$browser" && break; done >/dev/null

.PHONY: help run dev test test-all test-sweep test-torch test-mcp oracle bench lint format

help:
	@echo "make run         start the page on the embedded model"
	@echo "make test        run the quick tests: all but those of other frameworks, of packaging and of long runs"
	@echo "make test-all    run every test, and measure how much of the code they reach"
	@echo "make test-sweep  look into every family of keras.applications, and into KerasHub's; survey on clusters: about 10 minutes"
	@echo "make test-torch  compute with PyTorch instead of TensorFlow"
	@echo "make test-mcp    call the endpoints as tools of language models"
	@echo "make oracle      compare maps and activations with those of other libraries"
	@echo "make bench       measure, and print the figures"
	@echo "make lint        check style, format, types and the order of imports"
	@echo "make format      fix style and format"

run:
	@sh scripts/install app
	$(python) app.py $(ARGS)

dev:
	@sh scripts/install dev
	@$(find_browser) || echo "No Chromium was found, so the browser tests are skipped. Install chromium-headless-shell or chromium, or name one in CHROMIUM."

test: dev
	$(pytest) $(ARGS)

test-all: dev
	$(pytest) -m "not hub and not oracle and not sweep and not torch and not mcp" --cov=cnnviz --cov-report=term:skip-covered --cov-fail-under=94 $(ARGS)

# Every family of keras.applications; the wheel in an empty environment; and, each in an environment of its own,
# KerasHub's classifiers, and surveys on clusters of Ray.
test-sweep: dev
	@PYTHON=$(python) VENV=.venv-keras-hub sh scripts/install keras-hub
	CNNVIZ_REQUIRE_ALL=1 .venv-keras-hub/bin/python -m pytest -m "not hub" tests/explorer/test_keras_hub.py
	@PYTHON=$(python) VENV=.venv-ray sh scripts/install ray
	CNNVIZ_REQUIRE_ALL=1 .venv-ray/bin/python -m pytest -m sweep tests/surveying/test_cluster.py
	$(python) -m pytest -m sweep tests/test_sweep.py tests/explorer/test_families.py tests/test_packaging.py $(ARGS)

# Keras on PyTorch, which is not among what is installed otherwise: 2 GB, in an environment of its own.
test-torch:
	@VENV=.venv-torch sh scripts/install torch-backend
	.venv-torch/bin/python -m pytest -m torch tests/network/test_backend.py $(ARGS)
	KERAS_BACKEND=torch .venv-torch/bin/python -m pytest $(on_torch) $(ARGS)

# The endpoints as tools, in an environment of its own: Gradio's needs an older pydantic than what is installed otherwise.
test-mcp:
	@VENV=.venv-mcp sh scripts/install tools
	CNNVIZ_REQUIRE_ALL=1 .venv-mcp/bin/python -m pytest -m mcp tests/ui/test_tools.py $(ARGS)

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
	$(VENV)/bin/hadolint Dockerfile
	$(VENV)/bin/oxlint $(javascript)
	$(VENV)/bin/oxfmt --check $(javascript)
	$(python) scripts/browser_types.py --check
	$(python) scripts/check_javascript.py

format:
	@sh scripts/install dev
	$(python) -m ruff check --fix .
	$(python) -m ruff format .
	$(VENV)/bin/oxlint --fix $(javascript)
	$(VENV)/bin/oxfmt $(javascript)
