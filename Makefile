# The commands of this project. Each makes what it needs; none needs another run first.

# Debian's own Python is compiled for speed; what comes first in the path may take half as long again.
FAST = import ensurepip, sys; sys.exit(sys.version_info[:2] != (3, 11))
PYTHON ?= $(shell /usr/bin/python3 -c "$(FAST)" 2>/dev/null && echo /usr/bin/python3 || echo python3)
BOOTSTRAP = $(PYTHON) -m config.bootstrap
BIN = .venv/bin
# One more than there are cores: some tests wait for a worker, a browser or a clock.
TESTERS ?= $(shell expr $$(nproc) + 1)

# Each command starts many processes: what Python has compiled once is kept, whatever the machine's habit.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-full lint bench faults mutants fuzz requirements

run:  ## the whole system with demo data: PORT and RUN_DIR let two run side by side
	@exec $(BOOTSTRAP) run -m config.runner

test: lint  ## everything that must hold, on a real PostgreSQL and a real broker
	@$(BIN)/python -m pytest -n $(TESTERS) --dist loadgroup

test-full: export ACCESS = all
test-full: export MIGRATIONS = all
test-full: export PAGES = all
test-full: export WEEKS = 10000
test-full: export ROTAS = 10000
test-full: export WALKS = 100
test-full: export HUNT = 1
test-full: export RACERS = 64
test-full: test  ## the same in its long forms: every role, method and key; every migration back; hours

lint:  ## what can be seen without running it, two checks at a time
	@$(BOOTSTRAP) dev
	@$(MAKE) --no-print-directory --output-sync=target --jobs=$$(nproc) $(CHECKS)

CHECKS = types contracts openapi lifecycle migrations formatting rules
.PHONY: $(CHECKS)
MANAGE = DJANGO_SETTINGS_MODULE=config.settings.test $(BIN)/python -W ignore manage.py
formatting:; @$(BIN)/ruff format --check --quiet .
rules:; @$(BIN)/ruff check --quiet .
contracts:; @$(BIN)/lint-imports
types:; @$(BIN)/mypy
migrations:; @$(MANAGE) makemigrations --check --dry-run
lifecycle:; @$(MANAGE) draw_lifecycle --check
openapi:; @$(MANAGE) draw_openapi --check

bench:  ## what it costs, as ratios against the same SQL without it: half an hour
	@$(BOOTSTRAP) dev
	@$(BIN)/python -W ignore -m tests.bench

faults:  ## every fault in full, the kill storm on three seeds: an hour
	@$(BOOTSTRAP) dev
	@$(BIN)/python -W ignore -m tests.faults broker clocks crowd mail mute provider retries
	@for seed in 1 2 3; do $(BIN)/python -W ignore -m tests.faults storm --seed $$seed || exit 1; done

mutants:  ## put each kept bug into a copy, and see the tests notice it
	@$(BOOTSTRAP) dev
	@$(BIN)/python -m tests.mutants

fuzz:  ## 10,000 generated API calls of a live server by callers of three roles: hours
	@$(BOOTSTRAP) dev
	@$(BIN)/python -W ignore -m tests.generated

requirements:  ## pin anew after an edit of a requirements*.in
	@$(BOOTSTRAP) dev
	@for set in bootstrap '' embedded dev node; do \
	  name=requirements$${set:+-$$set}; \
	  $(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-index-url \
	    --custom-compile-command 'make requirements' $$name.in -o $$name.txt || exit 1; \
	done
