# Needs Python 3.11 to 3.13 and make; everything else is set up by whichever command comes first.
# Another panel than the constructed one: make book PANEL=path/to/folder. The folder's name is taken
# as it stands and reaches the commands in the environment: neither make nor the shell reads it.
PANEL ?=
override PANEL := $(value PANEL)
export PANEL
# The DOI of a release, where it has one: make release DOI=10.5281/zenodo.1234567
DOI ?=
override DOI := $(value DOI)
export DOI
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The environment belongs to one state of the lock; the package in it to one of its metadata.
LOCKED := $(VENV)/lock-$(shell cksum < requirements.txt | cut -d ' ' -f 1)
READY := $(LOCKED)-$(shell cksum < pyproject.toml | cut -d ' ' -f 1)
# The stored outputs and the tests are about the constructed panel, whatever the caller has chosen.
OWN := env -u STUDY_PANEL -u STUDY_ROOT

.PHONY: book pdf release test lab serve refresh lock lint bench clean help
.DEFAULT_GOAL := help

book: $(READY) ## execute the notebooks and build the site into _build/html
	@$(BIN)/study book $${PANEL:+"--panel=$$PANEL"}

pdf: book ## the same, and the whole of it as book.pdf; needs Chromium
	@$(BIN)/study pdf

release: $(READY) ## one archive of the last commit: sources, site, PDF, checksums; needs Chromium
	@$(OWN) $(BIN)/study release $${DOI:+"--doi=$$DOI"}

test: $(READY) ## unit tests, every notebook against its stored outputs, the built site
	@$(OWN) $(BIN)/study book
	@$(OWN) $(BIN)/pytest -n auto --dist loadfile

lab: $(READY) ## open the notebooks in JupyterLab, their figures trusted
	@$(BIN)/jupyter trust book/*.ipynb
	@$(BIN)/jupyter lab --notebook-dir=book

serve: $(READY) ## build the site and show it on this machine
	@$(BIN)/study serve $${PANEL:+"--panel=$$PANEL"}

refresh: $(READY) ## execute the notebooks and store their outputs in them
	@$(OWN) $(BIN)/study refresh

lock: $(READY) ## resolve the dependencies again into requirements.txt (UPGRADE=1: newer versions)
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" \
		$(if $(UPGRADE),--upgrade) --quiet --output-file requirements.txt

lint: $(READY) ## style, types, and which room may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY) ## speed, as ratios to named peers in one run (NAMES="build books": of whole books)
	$(BIN)/python -m benchmarks $(NAMES)

clean: ## remove what was built; keep the environment
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

# uv comes from the lock, by pip; uv then installs the rest in seconds. A lock that has changed
# makes a new environment, so that nothing of the old one is left behind.
$(LOCKED):
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or sys.exit("This package needs Python 3.11, 3.12 or 3.13, and python3 is %d.%d: try make PYTHON=python3.13 ..." % v)'
	@echo "setting up $(VENV)" >&2
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	@awk '/^uv==/ {on = 1; print; next} /^[^ ]/ {on = 0} on' requirements.txt > $(VENV)/uv.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --require-hashes requirements.txt
	@touch $@

$(READY): pyproject.toml | $(LOCKED)
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
