# The short commands. Each installs what it needs, builds what changed and says what it does.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run build test bench bench-micro check docs format web clean

LISTEN ?= 0.0.0.0:8080
STORE ?= sqlite:./holdfast.db
JOBS ?= $(shell nproc)

# A second checkout finds in ccache what the first one compiled.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1

help:
	@echo 'Holdfast: a real-time server that keeps people in their seats.'
	@echo
	@echo '  make run      install what is missing, build, and serve on http://localhost:8080'
	@echo '                (LISTEN=address:port and STORE=sqlite:PATH say where instead)'
	@echo '  make build    the same without serving: build/release/bin/holdfast'
	@echo '  make test     install what is missing, build, and run every test'
	@echo '  make check    sanitizers, formatting, static analysis and other checks that take longer'
	@echo '                (PHASES="format asan" runs only these)'
	@echo '  make bench    Holdfast and its peers side by side; writes docs/performance.md (12 minutes)'
	@echo '                (BENCH_ROUNDS=1 BENCH_ONLY=ack,connect is a quick look)'
	@echo '  make bench-micro  its main paths alone, timed one by one (FILTER=socketio, JSON=times.json)'
	@echo '  make docs     build the documentation of the library: build/docs/html/index.html'
	@echo '  make web      build the pages (web/dist)'
	@echo '  make format   format the code'
	@echo '  make clean    remove what was built (holdfast.db stays)'

run: build
	build/release/bin/holdfast serve --listen '$(LISTEN)' --store '$(STORE)'

build:
	@scripts/install-packages run
	@scripts/build-web
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS)

test:
	@scripts/install-packages test
	@scripts/build-web
	@scripts/install-node-modules $(dir $(wildcard tests/package-lock.json tests/*/package-lock.json bench/package-lock.json))
	@cmake --preset test >/dev/null
	@cmake --build --preset test -j $(JOBS)
	@ctest --preset test

check:
	@scripts/install-packages check
	@JOBS=$(JOBS) scripts/check $(PHASES)

bench:
	@scripts/install-packages bench
	@scripts/build-web
	@scripts/install-node-modules bench bench/peers
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS) --target holdfast holdfast_example_echo holdfast_bench_program
	@node bench/run.mjs

bench-micro:
	@scripts/install-packages micro
	@cmake --preset paths >/dev/null
	@cmake --build --preset paths -j $(JOBS) --target holdfast_microbenchmarks
	@build/paths/bin/holdfast_microbenchmarks $(if $(FILTER),--benchmark_filter='$(FILTER)') \
		$(if $(JSON),--benchmark_out='$(JSON)' --benchmark_out_format=json)

docs:
	@scripts/install-packages docs
	@scripts/build-docs

format:
	@scripts/install-packages check
	@scripts/format

web:
	@scripts/install-packages run
	@scripts/build-web

clean:
	rm -rf build web/dist web/node_modules/.built-from
