# The front door. Needs Python 3.11+, a C compiler and make; everything else comes from the lock file.
PYTHON ?= python3
VENV := .venv
WHEELS := build/wheels/tools
BIN := $(VENV)/bin
SANITIZED ?= 3.11
PYTEST := $(BIN)/python -m pytest
TESTS := tools/tests $(PYTEST)
INTERPRETERS := $(BIN)/python tools/interpreters.py
# In `make test`, the long tests of explore run on the oldest and the newest Python. One without a GIL takes five
# times as long to start threads: it has those that are about its own world, but for the whole corpus.
# `make explore` has all.
OF_WORLDS := (corpus and not every_answer) or races or attack or ends
LONG := corpus or races or attack or ends or fuzz or c_functions or symmetry or fresh
ON_SOME := "not ($(LONG)) or 3.11 or 3.15 or not 3.1 or (3.13t and ($(OF_WORLDS)) and not t+gil)"
# And what is around a recording runs on these three, faults in turn at all that it asks of the system on two.
# `make everywhere` has all.
AROUND := surroundings or start_hook or own_files or harm or collector_fails or signals or strangers or \
    children or flight or without_packages or predict or budgets or live or stuck or pools or watch or salvage or \
    robustness or asleep or spinning or loops or html_report or processes or servers or windows
ON_THREE := "(not ($(AROUND)) or 3.11 or 3.13t or 3.15 or not 3.1) and (not test_faults or 3.11 or 3.15 or not 3.1)"
# Tests that compare times want both cores. The others wait more than they compute: several run at a time,
# neighbours in one process for as long as there is enough to do, since they share what takes long to make.
BOTH_CORES := $(addsuffix .py,$(addprefix tests/integration/test_,compare exactness lab turns))
AT_EASE := --dist worksteal -n
RECORDED := tests/integration --ignore-glob='*/test_explore_*' $(addprefix --ignore=,$(BOTH_CORES))
OF_RECORDS := $(addprefix tests/integration/test_,exactness.py lines.py threads.py lifecycle.py faithfulness.py)
# The emulator cannot start the collector of a recording from within (a clone without a signal), nor
# read another process's memory, and says of its own when a program is killed.
UNLIKE_QEMU := "not python_api and not killed_while and not abort and not SIGSEGV"
IN_C = $(shell find native tests benchmarks -name '*.[ch]')
COMPILE := build/uv/bin/uv -q pip compile --universal --python-version 3.11 --generate-hashes --upgrade \
    --no-header --no-emit-index-url --no-annotate
OR_NONE := || test $$? -eq 5 # ARGS may choose tests of one group only
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

demo: venv ## record a multithreaded Fibonacci and show what the GIL costs it
	$(BIN)/gilscope run examples/fibonacci.py

test: lint unit integration browser viewers jit sanitize ## everything, on every interpreter found

lint: $(VENV)/.dependencies ## ruff, the formatters' checks (Python and C), mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	@echo $(BIN)/clang-format --dry-run && $(BIN)/clang-format --dry-run -Werror $(IN_C)
	$(BIN)/mypy

format: $(VENV)/.dependencies ## rewrite the code as the formatters want it
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/clang-format -i $(IN_C)

unit: venv ## tests that record nothing
	$(PYTEST) tests/unit $(AT_EASE) 2 $(ARGS)

integration: build ## real programs, recorded by every interpreter found
	$(TESTS) $(RECORDED) $(AT_EASE) 5 -m "not accuracy and not cpython_suite and not attach_stress" -k $(ON_THREE) $(ARGS) $(OR_NONE)
	$(TESTS) $(BOTH_CORES) -m "not accuracy and not cpython_suite" $(ARGS) $(OR_NONE)
	$(TESTS) tests/integration/test_explore_*.py $(AT_EASE) 3 -m "not fuzz and not releases and not more" \
	    -k $(ON_SOME) $(ARGS) $(OR_NONE)

browser: build ## the HTML report in a real Chromium; ARGS=--screenshots=FOLDER keeps pictures of it
	$(TESTS) tests/browser --dist loadfile -n 2 $(ARGS) $(OR_NONE)

viewers: build ## exports, read by the viewers that they are for: takes these from npm, and wants Chromium
	PYTHONPATH=tests $(BIN)/python -m support.npm viewers
	$(TESTS) tests/viewers $(AT_EASE) 2 $(ARGS) $(OR_NONE)

situations: build ## programs that know what is wrong with them, on every interpreter; writes their page of docs
	$(BIN)/python tools/situations.py --write

stability: build ## each situation 10 times, on an idle machine and with 3 busy processes beside it (hours)
	$(BIN)/python tools/situations.py --times 10 --jobs 1
	$(BIN)/python tools/situations.py --times 10 --jobs 1 --busy 3

explore: build ## all tests of explore, on every interpreter, with more random programs (an hour)
	$(PYTEST) tests/integration/test_explore_*.py $(AT_EASE) 3 -m "not fuzz and not releases" $(ARGS)

everywhere: build ## all tests that record, on every interpreter (half an hour)
	$(TESTS) $(RECORDED) $(AT_EASE) 5 -m "not accuracy and not cpython_suite and not attach_stress" $(ARGS)

jit: build ## recordings by interpreters whose JIT is switched on
	$(TESTS) $(OF_RECORDS) $(AT_EASE) 2 --jit -k jit -m "not accuracy and not cpython_suite" $(ARGS) $(OR_NONE)

aarch64: ## recordings on 64-bit ARM, emulated: needs root; tools/aarch64 says what else
	tools/aarch64 make build
	tools/aarch64 $(PYTEST) $(OF_RECORDS) -k $(UNLIKE_QEMU) \
	    -m "not accuracy and not cpython_suite and not sanitizer" --timeout 600 $(ARGS)

accuracy: build ## times and lines against the programs' own knowledge; wants an idle machine
	$(PYTEST) tests/integration -m accuracy $(ARGS)

attach-stress: build ## 200 times to a busy server, 20 processes at once, killed at random, on every interpreter (ten minutes)
	$(PYTEST) tests/integration/test_attach_stress.py -m attach_stress -s $(ARGS)

cpython-suite: build ## CPython's own tests of threads, asyncio and processes, with and without gilscope
	$(PYTEST) tests/integration -m cpython_suite --cpython-suite=full $(ARGS)

fuzz: build ## explore against brute force, on 10,000 random programs, with and without the GIL (an hour or two; goes on where it was stopped)
	nice $(PYTEST) tests/integration/test_explore_fuzz.py -n 2 -m fuzz $(ARGS)

watch-long: build ## a watched process under hours of load, as fast as it goes: its memory stays as it is
	nice $(PYTEST) tests/integration/test_watch.py -k memory_stays --watch-rounds 300 --timeout 3600 $(ARGS)

fuzz-arena: venv ## a million inputs in the memory that recorder and collector share, from both sides, under ASan and UBSan
	$(INTERPRETERS) build --sanitize address,undefined $(SANITIZED)
	$(PYTEST) tests/integration/test_arena_fuzz.py -m sanitizer --sanitized --arena-inputs 1000000 $(ARGS)

releases: build ## races in packages as PyPI has them: affected releases and fixed ones
	$(PYTEST) tests/integration -m releases --releases=build/releases $(ARGS)

sanitize: venv ## the test programs with a recorder built with ASan+UBSan, then TSan
	$(INTERPRETERS) build --sanitize address,undefined $(SANITIZED)
	$(INTERPRETERS) build --sanitize thread $(SANITIZED)
	$(TESTS) tests/integration $(AT_EASE) 2 -m sanitizer --sanitized $(ARGS)

bench: venv ## measure gilscope beside its alternatives
	$(BIN)/python benchmarks/run.py

venv: $(VENV)/.dependencies ## .venv with gilscope and its development tools
	@$(INTERPRETERS) install $(VENV)

build: venv ## .venvs/TAG with gilscope for every interpreter found
	$(INTERPRETERS) build

wheels: $(WHEELS)/.dependencies ## dist/: a manylinux wheel for every interpreter found, one that records nothing, an sdist
	$(WHEELS)/bin/python tools/wheels.py build $(TAGS)
	$(WHEELS)/bin/python tools/wheels.py pure
	$(WHEELS)/bin/python tools/wheels.py sdist

check-wheels: ## installs what is in dist/ where there is no compiler, and tries it (minutes)
	$(WHEELS)/bin/python tools/trywheels.py $(TAGS)

man: venv ## build/gilscope.1, the manual page, checked by groff where there is one
	@mkdir -p build
	$(BIN)/python tools/manpage.py build/gilscope.1
	! command -v groff > /dev/null || test -z "$$(groff -man -Tutf8 -ww -z build/gilscope.1 2>&1 | tee /dev/stderr)"

lock: ## renew the lock files from pyproject.toml
	$(PYTHON) -m venv build/uv && build/uv/bin/pip install -q uv
	$(COMPILE) --group dev pyproject.toml -o requirements-dev.lock
	$(COMPILE) --group pyproject.toml:wheels -o requirements-wheels.lock

clean: ## forget everything that was made
	rm -rf $(VENV) .venvs build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(WHEELS)/.dependencies: requirements-wheels.lock
	test -x $(WHEELS)/bin/python || $(PYTHON) -m venv $(WHEELS)
	$(WHEELS)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-wheels.lock
	@touch $@

$(VENV)/.dependencies: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "gilscope needs Python 3.11+; set PYTHON=")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: attach-stress help demo test lint format unit integration browser viewers everywhere jit aarch64 accuracy situations stability explore cpython-suite fuzz fuzz-arena releases sanitize bench venv build wheels check-wheels man watch-long lock clean
