# Needs make, a Python from 3.10 on with its venv module, and a package index that pip can reach. Nothing else.
#   PYTHON=python3.12 make run    picks an interpreter        PORT=9000 make run    picks another port
#   OPEN=1 make run               opens the browser as well   VENV=/tmp/v make run  puts the packages elsewhere
#   SNOWPEOPLE_DATA=pictures make train      learns from your folders of pictures; see the notebook's first cells

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8866

BIN := $(VENV)/bin
# pip as a module: a venv whose path has a space in it has a broken `pip` script
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
NOTEBOOKS := training.ipynb snowpeople_voila.ipynb

.DEFAULT_GOAL := help
.PHONY: help run jupyter train test lint bench results lock clean interpreter
# an install that fails half-way leaves no stamp behind
.DELETE_ON_ERROR:

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(VENV)/small ## the dashboard at http://localhost:8866, with the small set of packages (no torch)
	@$(BIN)/python -c 'import socket; socket.create_server(("127.0.0.1", $(PORT)))' 2>/dev/null || { \
		echo "Port $(PORT) is taken. Take another one: PORT=9000 make run" >&2; exit 1; }
	@echo "The dashboard: http://localhost:$(PORT)   (Ctrl+C stops it)"
	@JUPYTER_PATH="$(CURDIR)/share/jupyter" $(BIN)/voila snowpeople_voila.ipynb --port=$(PORT) --Voila.port_retries=0 $(if $(OPEN),,--no-browser) \
		--preheat_kernel=True --pool_size=2 --KernelManager.transport_encryption=auto --Voila.log_level=ERROR

jupyter: $(VENV)/everything ## both notebooks in JupyterLab
	@$(BIN)/jupyter lab $(if $(OPEN),,--no-browser) training.ipynb

train: $(VENV)/everything ## run training.ipynb from top to bottom; the outputs are in build/training.ipynb
	@mkdir -p build
	$(BIN)/jupyter nbconvert --to notebook --execute training.ipynb --output-dir build

test: $(VENV)/everything ## everything, then all tests: unit, notebooks, browser
	@rm -rf build/tested && mkdir -p build/tested
	SNOWPEOPLE_OUT=build/tested/export.pkl $(BIN)/python -m pytest --numprocesses 2 --dist loadfile \
		--nbval-lax --nbval-current-env tests $(NOTEBOOKS)

lint: $(VENV)/everything ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/everything ## ours beside the stock way; writes benchmarks/results.* and the README's table
	$(BIN)/python -m benchmarks

results: $(VENV)/everything ## other people's problems, DATA=folder with a data set each; writes docs/results.md
	$(BIN)/python -m benchmarks.problems $(DATA) $(if $(NETWORK),--network $(NETWORK))

lock: $(VENV)/everything ## bring constraints.txt and binder/requirements.txt up to date
	@$(PIP) install uv
	@$(BIN)/python binder/lock.py

clean: ## remove the packages, the caches and what was built; data and exports stay
	rm -rf $(VENV) build .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- The packages. One venv that grows; a stamp for each set makes the next run instant, and an edit of the
# requirements, or another PYTHON, brings it up to date.

# Its content tells which interpreter made the venv: rewritten, and the venv made anew, where PYTHON names another.
# Without a PYTHON, the venv that is there stays.
$(VENV)/interpreter: interpreter
	@if [ "$(origin PYTHON)" = file ] && [ -s $@ ] && $(BIN)/python -c '' 2>/dev/null; then exit 0; fi; \
	command -v "$(PYTHON)" >/dev/null || { \
		echo "'$(PYTHON)' is not to be found. Install Python 3.11, or name yours: PYTHON=/path/to/python3 make ..." >&2; exit 1; }; \
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo "Snowpeople needs Python 3.10 or later; '$(PYTHON)' is `"$(PYTHON)" --version 2>&1`. Name another: PYTHON=python3.11 make ..." >&2; exit 1; }; \
	"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "'$(PYTHON)' comes without its venv module. On Debian and Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }; \
	id=`"$(PYTHON)" -c 'import os, sys; print(os.path.realpath(sys.executable), sys.version.split()[0])'`; \
	if [ "`cat $@ 2>/dev/null`" != "$$id" ]; then \
		echo "Making $(VENV) with $$id"; \
		"$(PYTHON)" -m venv --clear $(VENV) && echo "$$id" > $@; \
	fi

$(VENV)/small: $(VENV)/interpreter pyproject.toml constraints.txt
	@echo "Installing the small set of packages (a minute, the first time)"
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/everything: $(VENV)/interpreter pyproject.toml constraints.txt requirements.txt
	@echo "Installing everything: training, tests (some minutes, the first time)"
	@$(cpu_torch)
	@$(PIP) install -r requirements.txt
	@touch $(VENV)/small $@

# The general index's torch for Linux brings several GB of GPU libraries, of no use where there is no GPU. The CPU
# build comes from wherever pip already looks, else from PyTorch's own index; where neither has it, the general
# build does the same work. --no-deps: that index is asked for these two wheels and for nothing else.
CPU_INDEX := https://download.pytorch.org/whl/cpu
define cpu_torch
if [ "`uname -s`" = Linux ] && ! [ -e /proc/driver/nvidia/version ] && ! command -v nvidia-smi >/dev/null; then \
	for name in torch torchvision; do \
		wheel=`sed -n "s/^$$name==\([0-9.]*\).*/$$name==\1+cpu/p" constraints.txt | head -n 1`; \
		$(PIP) install --no-deps --timeout 15 --retries 1 "$$wheel" 2>/dev/null || \
		$(PIP) install --no-deps --timeout 15 --retries 1 --index-url $(CPU_INDEX) "$$wheel" 2>/dev/null || \
		echo "No CPU build of $$name within reach: the general one will do"; \
	done; \
fi
endef
