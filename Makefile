# Two commands matter: `make demo` (set up, then meet the demo company) and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv
PYTEST := $(BIN)/python -m pytest -q -n 2 --dist loadfile

.PHONY: demo test test-wide check prove bench bench-scale bundle setup setup-test lock clean

demo: setup ## set up, build the demo company, show the product at work
	@$(BIN)/assay demo

test: setup-test check ## set up, then lint, types, layers and tests
	$(PYTEST) -m "not prove and not wide" tests

test-wide: setup-test ## the tests that need a browser, an emulator, more worlds or more processes
	$(PYTEST) -m "wide and not prove" tests

check: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

prove: setup-test ## every large proof; writes docs/proof.md
	$(BIN)/python -m tests.prove

bench: setup-test ## speed, against the bare SDK, raw DuckDB and a peer
	$(BIN)/python -m tests.bench

bench-scale: setup-test ## latency by rows and by people, cost on BigQuery
	$(BIN)/python -m tests.bench.scale

bundle: setup-test ## the bundle for Claude Desktop, in dist/
	@$(BIN)/python bundle/build.py

setup: $(VENV)/.runtime
setup-test: $(VENV)/.test

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Assay needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt

$(VENV)/.runtime: $(UV) requirements/runtime.txt pyproject.toml
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/runtime.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: $(VENV)/.runtime requirements/test.txt
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/test.txt
	@touch $@

lock: $(UV) ## refresh the hash-pinned requirements from pyproject.toml
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/runtime.in pyproject.toml -o requirements/runtime.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra test --extra storage requirements/runtime.in pyproject.toml -c requirements/runtime.txt -o requirements/test.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra storage requirements/runtime.in pyproject.toml -c requirements/runtime.txt -o requirements/storage.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/uv.in -o requirements/uv.txt

clean:
	rm -rf $(VENV) assay-demo build dist
