# `make` sets everything up, builds the website and grades the sample class; `make help` lists the rest.
# Plain POSIX sh and GNU make 3.81, so that macOS's own make will do.

PYTHON =
VENV = .venv
PY = $(VENV)/bin/python
SITE = _build/html/index.html
REPORT = build/report
CLASS = sample_class
PORT = 8000

INSTALLED = $(VENV)/.installed
PIP = $(PY) -m pip --disable-pip-version-check
PYTEST = $(PY) -m pytest
PARALLEL = --numprocesses auto --dist loadfile --no-loadscope-reorder

all: setup
	@echo "==> [1/2] The website"
	@$(MAKE) --no-print-directory site
	@echo "==> [2/2] The sample class, through the auto-grader"
	@$(MAKE) --no-print-directory class
	@echo
	@echo "Where to look:"
	@echo "  the website       $(CURDIR)/$(SITE)"
	@echo "  the class report  $(CURDIR)/$(REPORT)/index.html"
	@echo "  the gradebook     $(CURDIR)/$(REPORT)/grades.csv"

help:
	@echo "make            set up .venv, build the website, grade the sample class"
	@echo "make test       set up .venv, run every test but the slow ones"
	@echo "make test-one NAME=adam  what belongs to one algorithm: its exercise, its page, its tests"
	@echo "make test-slow  the slow tests"
	@echo "make book       build the website: $(SITE)"
	@echo "make serve      build the website and show it at http://localhost:$(PORT)"
	@echo "make bench      speed beside PyTorch, JAX, scikit-learn, pygmo, pyswarms and pymoo (installs them)"
	@echo "make claims     measure the claims of the survey anew where code has changed since (70 minutes where others use the two cores, too; resumable)"
	@echo "make bench-grader  a class of 500, and ten notebooks beside nbgrader and Otter-Grader (installs them)"
	@echo "make fuzz       hostile input for what reads notebooks, results and archives, 10 minutes (make fuzz MINUTES=2)"
	@echo "make lint       ruff, mypy, and no machine's paths or addresses in the files"
	@echo "make lock       write requirements.lock anew from pyproject.toml"
	@echo "make clean      remove what was built; make distclean also removes .venv"
	@echo
	@echo "Another Python: make PYTHON=/path/to/python3.12"

# ------------------------------------------------------------------ the environment
setup: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml tools/find_python.sh
	@python=`sh tools/find_python.sh $(if $(PYTHON),"$(PYTHON)")` || exit 1; \
	echo "==> [0/2] Installing the pinned dependencies into $(VENV), with $$python"; \
	"$$python" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
	@$(PIP) install --progress-bar on --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-index --no-build-isolation --editable .
	@touch $@

# ------------------------------------------------------------------ the website, the class
book: setup
	@$(MAKE) --no-print-directory site

site:
	@$(PY) book/build.py

serve: book
	@echo "http://localhost:$(PORT) (Ctrl-C ends it)"
	@$(PY) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

class:
	@sh tools/grade_sample_class.sh $(VENV)/bin/nnopt $(CLASS) $(REPORT)

# ------------------------------------------------------------------ tests
# Examples in docstrings are collected from nnopt/ only: tests/ holds attacks on the sandbox, which must not be imported.
test: setup
	@failed=0; \
	echo "==> The exercises are what nnopt release writes from the solutions"; \
	$(VENV)/bin/nnopt release --check || failed=1; \
	echo "==> Every solution notebook, and the examples in docstrings"; \
	$(PYTEST) $(PARALLEL) --nbval --doctest-modules solutions nnopt || failed=1; \
	echo "==> Unit tests"; \
	$(PYTEST) $(PARALLEL) --durations 25 --durations-min 8 tests $(ARGS) || failed=1; \
	exit $$failed

test-one: setup
	@test -n "$(NAME)" || { echo "make test-one NAME=adam: which algorithm?"; exit 2; }
	@failed=0; \
	$(VENV)/bin/nnopt release --check $(NAME) || failed=1; \
	$(VENV)/bin/nnopt prove $(NAME) || failed=1; \
	$(VENV)/bin/nnopt page $(NAME) || failed=1; \
	$(PYTEST) $(PARALLEL) -q tests -k "$(NAME)" || failed=1; \
	exit $$failed

test-slow: setup
	@$(PYTEST) $(PARALLEL) -m slow tests $(ARGS)

lint: setup
	@echo "==> ruff"
	@$(PY) -m ruff check --output-format concise .
	@echo "==> mypy"
	@$(PY) -m mypy
	@echo "==> the layers of the house"
	@$(VENV)/bin/lint-imports --no-cache --no-logo
	@echo "==> paths and addresses"
	@$(PY) tools/check_addresses.py

# ------------------------------------------------------------------ benchmarks
BENCHED = $(VENV)/.bench-installed

bench: setup $(BENCHED)
	@$(PY) -m benchmarks $(ARGS)

claims: setup
	@OMP_NUM_THREADS=1 $(PY) -m nnopt.comparison.claims $(ARGS)

$(BENCHED): pyproject.toml
	@echo "==> Installing the peers (PyTorch and JAX are large)"
	@$(PIP) install --progress-bar on --no-build-isolation --editable ".[bench]"
	@touch $@

# The grader's peers bring Jupyter's server: they get an environment of their own. Where they cannot be installed, the run says so.
PEERS = $(VENV)-peers

bench-grader: setup $(PEERS)/.installed
	@$(PY) -m benchmarks.grader --class 500 $(ARGS)
	@$(PY) -m benchmarks.grader_peers --python $(PEERS)/bin/python

$(PEERS)/.installed: pyproject.toml
	@echo "==> Installing nbgrader and Otter-Grader into $(PEERS)"
	@$(PY) -m venv $(PEERS)
	@if $(PEERS)/bin/python -m pip install --quiet hatchling && \
	    $(PEERS)/bin/python -m pip install --quiet --no-build-isolation --editable ".[bench-grader]"; \
	then touch $@; else echo "the peers cannot be installed"; fi

# ------------------------------------------------------------------ fuzzing
MINUTES = 10

fuzz: setup $(VENV)/.fuzz-installed
	@PYTHONPATH=tests $(PY) -m grader.fuzz --minutes $(MINUTES) $(ARGS)

# Where atheris has no wheel nothing is installed, and the run says so.
$(VENV)/.fuzz-installed: pyproject.toml
	@echo "==> Installing atheris"
	@$(PIP) install --quiet --no-build-isolation --editable ".[fuzz]"
	@touch $@

# ------------------------------------------------------------------ housekeeping
lock: setup
	@$(PIP) install --quiet uv
	@sh tools/lock.sh $(PY)

clean:
	rm -rf _build build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV) $(PEERS)

.PHONY: all help setup book site serve class test test-one test-slow lint bench bench-grader claims fuzz lock clean distclean
