.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8700
ENVIRONMENT = $(PYTHON) -m tools.environment
COMPILE = .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header $(UPGRADE)
# What Python compiles is kept: otherwise every process of a run compiles all that it imports anew, which takes it 3 s.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run doctor test faults drill scale machine check format translations locks pictures goldens differences headers bench budget lighthouse release-checks mutants

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: ## Ordo and the whole world around it on this machine; six ports from PORT on (8700)
	@$(ENVIRONMENT)
	@.venv/bin/python -m sandbox --port="$(PORT)"

doctor: ## Ordo's own check-up of what `make run` has running: keys, webhooks, templates, worker
	@test -x .venv/bin/python || { echo '`make run` was never started in this folder: start it first.'; exit 1; }
	@.venv/bin/python -m sandbox --doctor

test: ## the tests but for those of `make faults`, `machine` and `release-checks` (or TESTS=tests/db); installs what they need
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.machine
	@.venv/bin/python -m pytest --numprocesses 3 --dist loadscope --no-loadscope-reorder -m "not slow" $(TESTS)

faults: ## the product killed, cut off, raced and restarted for real, on both databases
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.machine pgbouncer
	@.venv/bin/python -m pytest --numprocesses 2 --dist loadscope -m "not slow" tests/faults

check: ## style, types, contracts between the parts, templates, dependencies, dead code, translations
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.check

format: ## write the code in the one style, and mend what can be mended without thinking
	@$(ENVIRONMENT) --dev
	@.venv/bin/ruff check --quiet --fix-only .
	@.venv/bin/ruff format --quiet .

translations: ## bring the catalogues up to the texts of the code
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.translations update
	@.venv/bin/python -m tools.translations compile

locks: ## the hashed locks after a change of dependencies; keeps the versions that are there, UPGRADE=--upgrade takes newer ones
	@$(ENVIRONMENT) --dev
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) sandbox/pyproject.toml -c requirements.txt -o requirements-sandbox.txt
	@$(COMPILE) --group build -o requirements-build.txt
	@$(COMPILE) --group sbom -o requirements-sbom.txt
	@$(COMPILE) --group manifests -o tools/manifests/requirements.txt
	@$(COMPILE) pyproject.toml sandbox/pyproject.toml --group dev --group build \
		-c requirements.txt -c requirements-sandbox.txt -c requirements-build.txt -o requirements-dev.txt

pictures: ## screenshots of every page at 360 px, light and dark, into docs/pictures
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.machine
	@.venv/bin/python -m tests.e2e.pictures

goldens: ## write anew what every state of the buyer's page is to look like, and what a screen reader finds there
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.machine
	@.venv/bin/python -m tests.looks.goldens write

differences: ## where the buyer's pages look other than their goldens, as pictures in build/differences
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.machine
	@.venv/bin/python -m tests.looks.goldens compare

drill: ## a backup that lacks the last orders is restored and reconciled, on both databases; every order, charge and saved card is compared (or DRILL_ORDERS=50)
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.machine
	@.venv/bin/python -m pytest --capture=no tests/drill

scale: ## PostgreSQL behind PgBouncer, nginx, two web servers, three workers: 2,000 orders paid while each part is killed every half minute (or SCALE_ORDERS=200)
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.machine pgbouncer nginx-light
	@.venv/bin/python -m tests.scale

machine: ## money's services against random interleavings of everybody: 200 runs on SQLite, 20 on PostgreSQL
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.machine
	@.venv/bin/python -m pytest --numprocesses 2 tests/machine

mutants: ## random faults in services and domain that no test finds: 300 in an hour at most (or MUTANTS=40 SEED=7 MINUTES=10), into build/mutants
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.machine
	@.venv/bin/python -m tools.mutants $(MUTANTS:%=--mutants=%) $(SEED:%=--seed=%) $(MINUTES:%=--minutes=%)

budget: ## what the pages may cost: bytes by kind, and when a phone on slow 3G shows them; 1 when something is over
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.machine
	@.venv/bin/python -m tests.budget

lighthouse: ## Lighthouse judges the pages as a phone sees them; needs Node 20
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.machine
	@.venv/bin/python -m tools.node
	@.venv/bin/python -m pytest --capture=no tests/judged/test_lighthouse.py

headers: ## csp_evaluator and MDN's HTTP Observatory judge the pages, served with TLS; needs Node 20
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.node
	@.venv/bin/python -m pytest tests/judged/test_headers.py

release-checks: ## what is too slow for every change: faults, each test on both databases, pages in every language, judges of headers and speed, 1,000 examples of each property, 10,000 runs of the machine; noted in docs/operator/release-checks.md
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.machine prometheus pgbouncer nginx-light debootstrap iproute2 systemd
	@status=0; \
	.venv/bin/python -m tools.release_checks Faults --numprocesses 2 --dist loadscope tests/faults || status=1; \
	.venv/bin/python -m tools.release_checks Drill tests/drill || status=1; \
	.venv/bin/python -m tests.scale || status=1; \
	.venv/bin/python -m tools.release_checks Slow --numprocesses 2 --dist worksteal -m slow || status=1; \
	{ .venv/bin/python -m tools.node && .venv/bin/python -m tools.release_checks Headers tests/judged/test_headers.py; } || status=1; \
	{ .venv/bin/python -m tools.node && .venv/bin/python -m tools.release_checks Lighthouse tests/judged/test_lighthouse.py; } || status=1; \
	.venv/bin/python -m tools.release_checks Properties HYPOTHESIS_PROFILE=search --numprocesses 2 --dist worksteal -m hypothesis || status=1; \
	.venv/bin/python -m tools.release_checks Machine MACHINE_RUNS=10000 HYPOTHESIS_PROFILE=search --numprocesses 2 tests/machine || status=1; \
	exit $$status

bench: ## measure: a table of ratios within one run (or BENCH=outcomes, or BENCH=api ORDERS=1000000); nothing is asserted
	@$(ENVIRONMENT) --dev
	@.venv/bin/python -m tools.machine wrk
	@.venv/bin/python -m bench $(BENCH)
