# Every target first sees to .venv (requirements.txt, by hash); nothing else needs to be installed.
# The system's own Python before another on the PATH: it is what a server runs, and built with a profile it works a third
# faster than one that was compiled here without (docs/decisions/0029). Only where all of it is installed.
PYTHON ?= $(shell for one in /usr/bin/python3.1[1-4]; do \
	"$$one" -c "import ensurepip, venv" 2>/dev/null && echo "$$one" && exit; done; echo python3)
RUN := .venv/bin/python

.PHONY: demo test story prove bench bench-escalation bench-desk bench-panels weigh check setup lock
.NOTPARALLEL:

demo: setup         ## everything running on this machine, with fictional data; Ctrl-C stops it
	@$(RUN) -m recruitment_watch.embedded.demo

test: setup         ## the whole suite, one process a zone
	@$(RUN) -m tests.run

story: setup        ## the main job from end to end, over HTTPS, step by step
	@$(RUN) -m tests.system.story

prove: setup        ## the proofs of firewall and licence law at full size, each with its control; at most 40 minutes
	@$(RUN) -m tests.prove

bench: setup        ## 200 reporters at once, broken networks, reports a second; about eight minutes
	@$(RUN) -m tests.benchmarks.reporters

bench-escalation: setup  ## cases escalated a second, what one costs, a million open ones; some minutes
	@$(RUN) -m tests.benchmarks.escalation

bench-desk: setup   ## the inspectors' queue over a million cases, long cases, twenty inspectors; some fifteen minutes
	@$(RUN) -m tests.benchmarks.desk

bench-panels: setup ## the regulators' first page over 100,000 agencies; some ten minutes
	@$(RUN) -m tests.benchmarks.panels

weigh: setup        ## bytes and requests of the form in a real browser, and a slow link; needs chromium
	@$(RUN) -m tests.benchmarks.weigh

check: setup        ## style, types, walls, migrations, deployment
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/djlint --quiet --lint recruitment_watch/templates complaints/templates cms/templates agencies/board/templates
	@RW_ZONE=desk DJANGO_SETTINGS_MODULE=tests.mypy_settings .venv/bin/mypy --exclude 'agencies/board|tests/benchmarks/day.py|recruitment_watch/urls/public.py' \
	  recruitment_watch agencies complaints manage.py tests/harness.py tests/run.py tests/checks.py tests/proof.py tests/prove.py tests/benchmarks
	@RW_ZONE=public DJANGO_SETTINGS_MODULE=tests.mypy_settings .venv/bin/mypy --cache-dir .mypy_cache/public agencies cms tests/benchmarks/day.py recruitment_watch/urls/public.py
	@$(RUN) -m recruitment_watch.catalogues check
	@.venv/bin/lint-imports
	@$(RUN) -m tests.checks

setup:
	@$(PYTHON) recruitment_watch/embedded/bootstrap.py

lock: setup         ## make requirements.txt anew from pyproject.toml
	@.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --group test --group dev pyproject.toml -o requirements.txt
