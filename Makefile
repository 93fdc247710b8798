# Chores of mu. `make help` lists them.
#
# libtorch 2.11.0 is downloaded into .libtorch, once. To use one that you have instead:
#   LIBTORCH=/path/to/libtorch make …          a folder with include/ and lib/
#   LIBTORCH_USE_PYTORCH=1 make …              the PyTorch 2.11 of `python3`

PREFIX ?= $(HOME)/.local
CARGO  ?= cargo
MU     := target/release/mu
# Where libtorch's headers are, for what is compiled without cargo.
TORCH   = $(or $(LIBTORCH),$(if $(LIBTORCH_USE_PYTORCH),$(shell python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))'),.libtorch))
KERNELS = $(MAKE) --no-print-directory -C src/mu-kernels LIBTORCH=$(abspath $(TORCH))

.DEFAULT_GOAL := help
SECONDS ?= 60

# Cargo's tests, run by `tests/runner.rs`, which counts them and notes them in a log; the argument is the profile: debug or release.
LOG   := $(CURDIR)/target/tests.log
TESTS  = MU_TEST_LOG=$(LOG) $(CARGO) --config "target.'cfg(all())'.runner='$(CURDIR)/target/$(1)/test-runner'" test $(if $(filter release,$(1)),--release) --quiet --no-fail-fast

.PHONY: help setup build quickstart check test test-slow bless fuzz fuzz-readers sanitize emulated aarch64 bench bench-short browser slurm network group lint fmt install clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## Lay out libtorch 2.11.0 in .libtorch (about 530 MB are downloaded), unless one is pointed at
ifeq ($(LIBTORCH)$(LIBTORCH_USE_PYTORCH),)
	@python3 tools/libtorch.py .libtorch
endif

build: setup ## Build mu and mu-engine
	@$(CARGO) build --release --quiet -p mu-cli -p mu-engine

quickstart: build ## Run experiments/quickstart.mu and print its table (half a minute)
	@$(MU) run experiments/quickstart.mu

check: ## The front end's tests: no libtorch, about two minutes (tests/README.md)
	@$(CARGO) build --quiet -p mu-cli -p mu-tests --bins
	@rm -f $(LOG); bad=0; \
	$(call TESTS,debug) --lib --bins --tests || bad=1; \
	$(call TESTS,debug) -p mu-tests --test command || bad=1; \
	target/debug/test-runner --summary $(LOG) || bad=1; exit $$bad

test: build sanitize ## Every test, as CI
	@$(CARGO) build --release --quiet -p mu-tests --bins
	@rm -f $(LOG); bad=0; \
	$(call TESTS,release) --workspace --lib --bins --tests || bad=1; \
	$(call TESTS,release) -p mu-tests --test command --test suite || bad=1; \
	target/release/test-runner --summary $(LOG) || bad=1; exit $$bad

test-slow: build ## What is slow or needs a machine of its own: Slurm, browser, network, group, fuzz
	@$(CARGO) build --release --quiet -p mu-tests --bins
	@rm -f $(LOG); bad=0; \
	$(call TESTS,release) -p mu-tests --test language -- --ignored fuzz || bad=1; \
	$(call TESTS,release) -p mu-tests --test suite -- --ignored slurm:: report:: network:: group:: || bad=1; \
	target/release/test-runner --summary $(LOG) || bad=1; exit $$bad

bless: build ## Write all golden files anew; read the difference before you commit it
	@$(CARGO) build --release --quiet -p mu-tests --bins
	@BLESS=1 $(call TESTS,release) -p mu-tests --test language --test command
	@BLESS=1 $(call TESTS,release) -p mu-tests --test suite values_at_their_limit

fuzz: ## The front end on random text for SECONDS (60)
	MU_FUZZ_SECONDS=$(SECONDS) $(CARGO) test --release -p mu-tests --test language fuzz -- --ignored --nocapture

fuzz-readers: ## Every reader of files, messages and text under libFuzzer for SECONDS (60) each: tests/fuzz/README.md
	@mkdir -p target/fuzz; for reader in $$(basename -s .tar.gz tests/fuzz/corpus/*); do echo $$reader; \
	  tests/fuzz/run $$reader $(SECONDS) > target/fuzz/log 2>&1 || { tail -40 target/fuzz/log; exit 1; }; done

sanitize: ## The plain C++ kernels under AddressSanitizer and UBSan, against loops in double (a minute)
	@$(KERNELS) sanitize

emulated: setup ## The tests of mu-kernels with vectors in plain C++: all of them run on processors without AVX-512, too
	MU_EMULATE=1 $(CARGO) test --release -p mu-kernels --lib

aarch64: setup ## The C++ for aarch64 (needs g++-aarch64-linux-gnu; its tests run under qemu-user-static where that is)
	@$(KERNELS) aarch64

bench: build ## mu beside PyTorch and scikit-learn, in one run (half an hour; PyTorch comes into .bench): bench/README.md
	@test -d .bench || (python3 -m venv .bench && .bench/bin/pip install --quiet -r bench/requirements.txt)
	@$(CARGO) test --release --quiet -p mu-engine -p mu-tests --no-run
	python3 bench/run.py --write

bench-short: build ## The same without PyTorch, in a few minutes
	@$(CARGO) test --release --quiet -p mu-engine -p mu-tests --no-run
	python3 bench/run.py --short

browser: build ## The report page in a real browser (needs chromium)
	$(CARGO) test --release -p mu-tests --test suite browser -- --include-ignored --nocapture

slurm: build ## A study on a real Slurm of this machine, one node of which dies (needs slurmctld, slurmd, munge, root)
	$(CARGO) test --release -p mu-tests --test suite slurm -- --include-ignored --nocapture

network: build ## A store on a network file system whose server dies (needs sshd, sshfs, root)
	$(CARGO) test --release -p mu-tests --test suite network -- --include-ignored --nocapture

group: build ## A store that two users share (needs setpriv and root)
	$(CARGO) test --release -p mu-tests --test suite group -- --include-ignored --nocapture

lint: setup ## Formatting, clippy, and the C++ without a warning
	@$(KERNELS) strict
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets --quiet -- -D warnings
	@# Without drawings as PNG and PDF, too: the one feature that people turn off.
	$(CARGO) clippy --release --workspace --no-default-features --all-targets --quiet -- -D warnings
	@$(CARGO) run --release --quiet -p mu-cli --bin mu -- fmt --check bench/*.mu experiments/*.mu experiments/*/*.mu stdlib/*.mu stdlib/*/*.mu stdlib/*/*/*.mu src/mu-cli/starter/*.mu

fmt: ## Format the Rust and the mu
	$(CARGO) fmt --all
	@$(CARGO) run --release --quiet -p mu-cli --bin mu -- fmt bench/*.mu experiments/*.mu experiments/*/*.mu stdlib/*.mu stdlib/*/*.mu stdlib/*/*/*.mu src/mu-cli/starter/*.mu

install: build ## Install mu, mu-engine, their libtorch, manual and completions below PREFIX (~/.local)
	@mkdir -p $(PREFIX)/bin $(PREFIX)/lib/mu
	@install -m 755 target/release/mu target/release/mu-engine $(PREFIX)/bin/
	@if [ -d .libtorch/lib ] && [ -z "$(LIBTORCH)$(LIBTORCH_USE_PYTORCH)" ]; then cp -a .libtorch/lib/. $(PREFIX)/lib/mu/; fi
	@mkdir -p $(PREFIX)/share/man/man1 $(PREFIX)/share/bash-completion/completions $(PREFIX)/share/zsh/site-functions $(PREFIX)/share/fish/vendor_completions.d
	@$(MU) man > $(PREFIX)/share/man/man1/mu.1
	@$(MU) completions bash > $(PREFIX)/share/bash-completion/completions/mu
	@$(MU) completions zsh > $(PREFIX)/share/zsh/site-functions/_mu
	@$(MU) completions fish > $(PREFIX)/share/fish/vendor_completions.d/mu.fish
	@echo "installed $(PREFIX)/bin/mu, its manual page and completions"

clean: ## Remove what was built; .libtorch and stores stay
	$(CARGO) clean
