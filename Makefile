# On a fresh machine with Python 3.11-3.13, git and make each target first makes .venv.
# Another Python than the one found: make book PYTHON=/path/to/python3.12

.PHONY: book test test-long audit run serve check colab bench epub pdf audio clean
.DEFAULT_GOAL := book

SUITABLE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
FOUND = $(firstword $(foreach python,python3 python3.13 python3.12 python3.11,\
	$(shell $(python) -c '$(SUITABLE)' >/dev/null 2>&1 && echo $(python))))
PYTHON ?= $(FOUND)
PIP := .venv/bin/python -m pip --disable-pip-version-check install -qq
SITE := .venv/site.stamp
FULL := .venv/full.stamp
AUDIO := .venv-audio/audio.stamp
export OMP_NUM_THREADS := 1

book: $(SITE)
	@echo "Building the website from the stored outputs of the chapters"
	@.venv/bin/python -m book.tools.site
	@echo "The book is in _build/html/index.html"

test: $(FULL) book
	@echo "Running the tests: rules, package, browser, and every chapter again"
	@mkdir -p _build && .venv/bin/python -m pytest --junitxml=_build/tests.xml
	@echo "All tests passed; the results are in _build/tests.xml"

test-long: $(FULL) book
	@echo "Running the tests that take minutes"
	@.venv/bin/python -m pytest -m long --junitxml=_build/tests-long.xml
	@echo "All long tests passed; the results are in _build/tests-long.xml"

run: $(FULL)
	@echo "Executing $(or $(CH),all chapters) and storing the outputs"
	@.venv/bin/python -m book.tools.run $(CH)

serve: book
	@.venv/bin/python -m book.tools.serve

check: $(FULL)
	@echo "Checking every rule that needs no execution"
	@.venv/bin/python -m book.tools.check

colab: $(FULL)
	@echo "Running $(or $(CH),all chapters) alone, in an environment like Colab's"
	@.venv/bin/python -m book.tools.colab $(CH)

audit: $(FULL) book
	@echo "Auditing every page: first load, HTML, accessibility, Lighthouse (needs Node and Java)"
	@.venv/bin/python -m book.tools.audit $(PAGES)

bench: $(FULL)
	@echo "Timing the package beside its rivals; leave the machine alone for some minutes"
	@.venv/bin/python -m experiments.bench $(PART)

epub: $(SITE)
	@echo "Building the ePub from the stored outputs of the chapters"
	@.venv/bin/python -m book.tools.epub

pdf: $(FULL) book
	@echo "Printing the book as one PDF"
	@.venv/bin/python -m book.tools.pdf

audio: $(AUDIO)
	@echo "Speaking $(or $(NAME),the episodes whose script has changed), and listening to them"
	@.venv-audio/bin/python -m book.tools.audio $(NAME)

clean:
	@rm -rf _build .venv .venv-audio .colab .pytest_cache .ruff_cache *.egg-info
	@echo "Removed the environment and everything built"

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 with venv was found. Install one \
	(on Debian and Ubuntu: apt install python3 python3-venv) or name it: make PYTHON=..."; exit 1; }
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv

$(SITE): book/requirements.txt | .venv/bin/python
	@echo "Installing what the website needs into .venv"
	@$(PIP) -r book/requirements.txt
	@touch $@

$(FULL): requirements.txt pyproject.toml $(SITE)
	@echo "Installing what executes and tests the book into .venv (torch is large)"
	@$(PIP) -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(AUDIO): book/podcast/requirements.txt
	@echo "Installing what speaks and listens into .venv-audio"
	@$(PYTHON) -m venv .venv-audio
	@.venv-audio/bin/python -m pip --disable-pip-version-check install -qq -r $<
	@touch $@
