# Each target does its own set-up. `make help` lists them.
SHELL := /bin/bash
BIN := .venv/bin

.PHONY: help demo test check nightly screenshots browser bench clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: .venv/installed ## install, and open the app on the built-in server with sample mail
	@$(BIN)/tuimail demo

test: check ## install, and run everything that CI runs: format, lint, types, import contracts, tests
	@scripts/setup servers dovecot-imapd dovecot-pop3d gpg gpg-agent openssl tmux
	$(BIN)/python -m pytest

nightly: .venv/installed ## play 20,000 new random runs against each kind of server (EXAMPLES=number for others), then all tests with new examples
	@scripts/setup servers dovecot-imapd dovecot-pop3d gpg gpg-agent openssl tmux
	TUIMAIL_EXAMPLES=$${EXAMPLES:-20000} $(BIN)/python -m pytest tests/engine/test_machine.py
	TUIMAIL_EXAMPLES=300 $(BIN)/python -m pytest

check: .venv/installed ## format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

screenshots: .venv/installed ## draw screenshots/*.svg anew from the demo's mail
	$(BIN)/python screenshots/make.py

browser: .venv/installed ## check `tuimail serve` in headless Chromium, and take a picture of it (dist/serve.png)
	@scripts/setup servers chromium
	$(BIN)/python scripts/browser.py

bench: .venv/installed ## measure, each figure as a ratio beside a peer in the same run
	@scripts/setup servers dovecot-imapd dovecot-pop3d isync fetchmail getmail6 neomutt aerc w3m
	$(BIN)/python -m benchmarks

clean: ## remove what was built
	rm -rf .venv dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

.venv/installed: pyproject.toml uv.lock scripts/setup
	@scripts/setup venv
	@touch $@
