PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test debian clean

demo: .venv/ready-app
	$(BIN)/slipstream demo -o slipstream-demo --force

test: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses=4 --dist loadfile

# Programs and fonts that the browser tests and independent checks use (Debian and Ubuntu; needs root).
debian:
	apt-get update -qq
	xargs apt-get install -y -qq < .ci/debian-packages

.venv/ready-app: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -e .
	touch $@

.venv/ready-dev: .venv/ready-app
	$(BIN)/pip install -q -e '.[batch,hud,train,tune,dev]'
	touch $@

clean:
	rm -rf .venv build dist slipstream-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
