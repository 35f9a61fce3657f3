# charter: GNU make. `make help` lists the targets.
#
# A flavour is a set of compiler flags with a build directory of its own, so that none disturbs
# another: debug (the default), release, asan, coverage, lint-gcc, lint-clang, fuzz.

VERSION := 0.1.0

FLAVOUR ?= debug
BUILD ?= build
B := $(BUILD)/$(FLAVOUR)

PREFIX ?= /usr/local
DESTDIR ?=
bindir = $(PREFIX)/bin
mandir = $(PREFIX)/share/man/man1
bashdir = $(PREFIX)/share/bash-completion/completions
zshdir = $(PREFIX)/share/zsh/site-functions
fishdir = $(PREFIX)/share/fish/vendor_completions.d

PKG_CONFIG ?= pkg-config
PACKAGES := libgit2 libcurl openssl jansson yaml-0.1 expat libmicrohttpd librnp
PYTHON ?= .venv/bin/python
CLANG_FORMAT ?= clang-format

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion \
	-Wno-sign-conversion
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer

flags_debug := -O1 -g
flags_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
link_release := -pie -Wl,-z,relro,-z,now
# What is given away: the same bytes from whatever directory, its libraries beside it.
flags_dist := $(flags_release) -ffile-prefix-map=$(CURDIR)=.
link_dist := $(link_release) -s -Wl,-rpath,'$$ORIGIN/../lib/charter' -Wl,--disable-new-dtags
flags_asan := -O1 -g $(SANITIZERS)
link_asan := $(SANITIZERS)
flags_coverage := -O0 -g --coverage
link_coverage := --coverage
flags_lint-gcc := -O2 -g -D_FORTIFY_SOURCE=2 -Werror
flags_lint-clang := -O1 -g -Werror
flags_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer
link_fuzz := -fsanitize=address,undefined

ifeq ($(FLAVOUR),lint-gcc)
CC := gcc
endif
ifneq ($(filter lint-clang fuzz,$(FLAVOUR)),)
CC := clang
endif
ifeq ($(flags_$(FLAVOUR)),)
$(error unknown FLAVOUR $(FLAVOUR))
endif

CFLAGS ?=
LDFLAGS ?=
PKG_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(PACKAGES))
PKG_LIBS = $(shell $(PKG_CONFIG) --libs $(PACKAGES))
override CPPFLAGS += -I. -D_GNU_SOURCE -DCHARTER_VERSION='"$(VERSION)"'
ALL_CFLAGS = -std=gnu17 $(WARNINGS) $(flags_$(FLAVOUR)) $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(link_$(FLAVOUR)) $(LDFLAGS)
LIBS = $(PKG_LIBS) -lm

# A line for each file; `make V=1` shows the whole command.
V ?= 0
ifeq ($(V),0)
run = @printf '  %-4s %s\n' '$(1)' '$@';
endif

SOURCES := $(sort $(wildcard base/*.c state/*.c aws/*.c aws/*/*.c git/*.c reconciler/*.c))
HEADERS := $(sort $(wildcard base/*.h state/*.h aws/*.h aws/*/*.h git/*.h reconciler/*.h \
	tests/unit/*.h tests/fuzz/*.h))
UNIT_SOURCES := $(sort $(wildcard tests/unit/*.c))
FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_DRIVER := $(wildcard tests/fuzz/driver.c)
FORMATTED := $(SOURCES) $(HEADERS) $(UNIT_SOURCES) $(FUZZ_SOURCES) $(FUZZ_DRIVER)

OBJECTS := $(SOURCES:%.c=$(B)/%.o)
MAIN := $(B)/reconciler/main.o
LIBRARY := $(B)/libcharter.a
UNIT_TESTS := $(patsubst %.c,$(B)/%,$(filter tests/unit/test_%,$(UNIT_SOURCES)))
UNIT_SUPPORT := $(patsubst %.c,$(B)/%.o,$(filter-out tests/unit/test_%,$(UNIT_SOURCES)))
UNIT_OBJECTS := $(UNIT_SOURCES:%.c=$(B)/%.o)
FUZZERS := $(FUZZ_SOURCES:%.c=$(B)/%)
FUZZ_OBJECTS := $(FUZZ_SOURCES:%.c=$(B)/%.o) $(FUZZ_DRIVER:%.c=$(B)/%.o)
REPLAYS := $(FUZZ_SOURCES:tests/fuzz/fuzz_%.c=$(B)/tests/fuzz/replay_%)

# All processors, unless -j says otherwise; `make clean all` goes by its order.
ifeq ($(MAKELEVEL)$(filter clean,$(MAKECMDGOALS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.PHONY: all help binary release asan coverage setup test unit unit-tests run-unit scenarios lint \
	lint-gcc lint-clang lint-cppcheck lint-layers lint-objects format format-check install \
	uninstall dist demo bench load selftest mutants fuzz fuzzers clean

all: packages-present
	@$(MAKE) --no-print-directory binary
	@ln -sfn $(FLAVOUR)/charter $(BUILD)/charter
	@echo "built $(BUILD)/charter"

help:
	@echo 'make              build $(BUILD)/charter, with debugging information'
	@echo 'make release      build $(BUILD)/release/charter, optimised and hardened'
	@echo 'make asan         build $(BUILD)/asan/charter, with address and undefined sanitizers'
	@echo 'make setup        install what is missing: Debian packages, .venv with moto and pytest'
	@echo 'make test         set up, build, unit tests, text cases, scenarios'
	@echo 'make unit         unit tests and text cases only'
	@echo 'make scenarios    scenarios against moto, the twin and forges (ARGS= for pytest:'
	@echo '                  --aws moto or --aws twin for one of them)'
	@echo 'make load         many connections to a twin: LOAD_SECONDS (60), LOAD_CONNECTIONS (64)'
	@echo 'make coverage     unit tests with line coverage, a line for each source file;'
	@echo '                  SCENARIOS=1 adds the scenarios'
	@echo 'make lint         gcc, clang, cppcheck, layers, formatting'
	@echo 'make format       clang-format on every source file'
	@echo 'make demo         the whole job against the twin, to look at; reports in build/demo'
	@echo 'make selftest     SEEDS (1000) random reconciliations under faults, on the twin'
	@echo 'make mutants      charter broken on purpose: the self-test must notice each break'
	@echo 'make bench        10,000 accounts, IAM in 1,000, comments, drift, pages: requests, seconds, CPU, memory, with bounds'
	@echo 'make fuzz         run each fuzz target for FUZZ_SECONDS (30)'
	@echo 'make dist         a tar file with its libraries, for any Linux with glibc 2.36 or later'
	@echo 'make install      program, manual page and completions below DESTDIR and PREFIX'

.PHONY: packages-present
packages-present:
	@$(PKG_CONFIG) --exists $(PACKAGES) || { \
		echo 'a library is missing of: $(PACKAGES); `make setup` installs it' >&2; exit 1; }

binary: $(B)/charter

release asan:
	@$(MAKE) --no-print-directory FLAVOUR=$@ packages-present
	@$(MAKE) --no-print-directory FLAVOUR=$@ binary
	@echo "built $(BUILD)/$@/charter"

$(B)/charter: $(OBJECTS)
	$(call run,LINK)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(OBJECTS) $(LIBS)

# The tests link against an archive: a test program takes only the objects that it needs.
$(LIBRARY): $(filter-out $(MAIN),$(OBJECTS))
	@rm -f $@
	$(call run,AR)ar rcsD $@ $^

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call run,CC)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# It holds the files that `charter init` writes, and the commit by which they name charter. Source
# without its repository is told it: make CHARTER_COMMIT=...
CHARTER_COMMIT ?= $(if $(wildcard .git),$(shell git rev-parse HEAD 2>/dev/null))
TEMPLATES := $(B)/reconciler/template_files.o
$(TEMPLATES): $(B)/commit $(wildcard examples/ci/*/*.y*ml examples/ci/*/.*.yml)
$(TEMPLATES): override CPPFLAGS += -DCHARTER_COMMIT='"$(CHARTER_COMMIT)"'

$(B)/reconciler/page_files.o: $(wildcard reconciler/page/*)

# Another commit is another file, and only then a newer one.
.PHONY: commit-now
$(B)/commit: commit-now
	@mkdir -p $(@D)
	@echo '$(CHARTER_COMMIT)' | cmp -s - $@ || echo '$(CHARTER_COMMIT)' >$@

$(B)/tests/unit/test_%: $(B)/tests/unit/test_%.o $(UNIT_SUPPORT) $(LIBRARY)
	$(call run,LINK)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(UNIT_SUPPORT) $(LIBRARY) $(LIBS) -lcmocka

$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(LIBRARY)
	$(call run,LINK)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $< $(LIBRARY) $(LIBS)

# A fuzz target without a fuzzer: runs over the files of its corpus.
$(B)/tests/fuzz/replay_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/driver.o $(LIBRARY)
	$(call run,LINK)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

-include $(OBJECTS:.o=.d) $(UNIT_OBJECTS:.o=.d) $(FUZZ_OBJECTS:.o=.d)

setup:
	@tests/setup.sh all

test: setup
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory run-unit
	@$(MAKE) --no-print-directory scenarios

unit: packages-present
	@$(MAKE) --no-print-directory run-unit

unit-tests: $(UNIT_TESTS) $(REPLAYS)

# Every program runs, also after one has failed.
run-unit: $(UNIT_TESTS) $(REPLAYS)
	@failed=0; for t in $(UNIT_TESTS); do \
		echo "== $${t##*/}"; $$t || failed=$$((failed + 1)); \
	done; \
	for t in $(REPLAYS); do \
		echo "== $${t##*/}"; \
		find tests/fuzz/corpus/$${t##*/replay_} -type f -exec $$t {} + || failed=$$((failed + 1)); \
	done; \
	echo "$(words $(UNIT_TESTS) $(REPLAYS)) test programs, $$failed failed"; test $$failed = 0

# auto: tests/conftest.py says how many.
WORKERS ?= auto

scenarios:
	CHARTER_BIN=$${CHARTER_BIN:-$(abspath $(BUILD)/charter)} \
		$(PYTHON) -m pytest -q -n $(WORKERS) tests/moto tests/twin tests/forge tests/page $(ARGS)

LOAD_SECONDS ?= 60
LOAD_CONNECTIONS ?= 64

load: setup
	@$(MAKE) --no-print-directory release
	@CHARTER_BIN=$(abspath $(BUILD)/release/charter) \
		$(PYTHON) tests/twin/load.py $(LOAD_SECONDS) $(LOAD_CONNECTIONS)

coverage:
	@$(MAKE) --no-print-directory FLAVOUR=coverage packages-present
	@find $(BUILD)/coverage -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) --no-print-directory FLAVOUR=coverage run-unit
ifneq ($(SCENARIOS),)
	@tests/setup.sh all
	@$(MAKE) --no-print-directory FLAVOUR=coverage binary
	@CHARTER_BIN=$(abspath $(BUILD)/coverage/charter) \
		$(MAKE) --no-print-directory scenarios ARGS="-m 'not exhaustive'"
endif
	@for f in $(SOURCES); do \
		gcov -n -o $(BUILD)/coverage/$${f%.c}.o $$f 2>/dev/null | awk -v want="$$f" \
			'/^File/ { gsub(/\047/, "", $$2); hit = $$2 == want } \
			 hit && /^Lines/ { print want, $$0; hit = 0 }'; \
	done | awk '{ split($$0, a, "executed:"); split(a[2], p, "% of "); \
		lines += p[2]; done += p[1] * p[2] / 100; printf "%6.1f%%  %s\n", p[1], $$1 } \
		END { if (lines) printf "%6.1f%%  all, of %d lines\n", 100 * done / lines, lines }'

lint: lint-gcc lint-clang lint-cppcheck lint-layers format-check

lint-gcc lint-clang:
	@$(MAKE) --no-print-directory FLAVOUR=$@ lint-objects

lint-objects: $(OBJECTS) $(UNIT_OBJECTS) $(FUZZ_OBJECTS)

# jansson's loops are macros that cppcheck cannot see (a definition may hold no semicolon); and it
# finds an unspecified order of evaluation in every designated initialiser of a compound literal,
# where gcc's -Wsequence-point finds the real ones.
lint-cppcheck:
	@mkdir -p $(BUILD)/cppcheck
	@echo "cppcheck: $(words $(SOURCES)) files"
	@cppcheck --quiet --error-exitcode=1 --std=c11 -D_GNU_SOURCE -I. --inline-suppr \
		'-Ddie_out_of_memory()=abort()' \
		'-Djson_object_foreach(o,k,v)=while((k=json_object_iter_key(o),v=json_object_get(o,k))!=NULL)' \
		'-Djson_object_foreach_safe(o,n,k,v)=while((n=o,k=json_object_iter_key(o),v=json_object_get(o,k))!=NULL)' \
		'-Djson_array_foreach(a,i,v)=while((i=1,v=json_array_get(a,i))!=NULL)' \
		--enable=warning,portability --suppress=missingIncludeSystem \
		--suppress=unknownEvaluationOrder --cppcheck-build-dir=$(BUILD)/cppcheck $(SOURCES)

lint-layers:
	@python3 tests/layers.py

format:
	$(CLANG_FORMAT) -i $(FORMATTED)

format-check:
	@$(CLANG_FORMAT) --version | sed 's/^/formatting: /'
	@$(CLANG_FORMAT) --dry-run -Werror $(FORMATTED)

# The manual page and the completions come from the program's own option table.
install:
	@$(MAKE) --no-print-directory release
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(mandir) $(DESTDIR)$(bashdir) \
		$(DESTDIR)$(zshdir) $(DESTDIR)$(fishdir)
	install -m 755 $(BUILD)/release/charter $(DESTDIR)$(bindir)/charter
	$(BUILD)/release/charter help --man > $(DESTDIR)$(mandir)/charter.1
	$(BUILD)/release/charter help --completions bash > $(DESTDIR)$(bashdir)/charter
	$(BUILD)/release/charter help --completions zsh > $(DESTDIR)$(zshdir)/_charter
	$(BUILD)/release/charter help --completions fish > $(DESTDIR)$(fishdir)/charter.fish

uninstall:
	rm -f $(DESTDIR)$(bindir)/charter $(DESTDIR)$(mandir)/charter.1 \
		$(DESTDIR)$(bashdir)/charter $(DESTDIR)$(zshdir)/_charter \
		$(DESTDIR)$(fishdir)/charter.fish

dist:
	@$(MAKE) --no-print-directory FLAVOUR=dist packages-present
	@$(MAKE) --no-print-directory FLAVOUR=dist binary
	@.github/release.sh tar $(BUILD)/dist/charter $(VERSION) $(BUILD)/dist

# Nothing is asked of the network, of Python or of root where the libraries are there already.
demo:
	@tests/setup.sh demo
	@$(MAKE) --no-print-directory all
	@CHARTER_BIN=$(abspath $(BUILD)/charter) tests/demo.sh

bench: setup
	@$(MAKE) --no-print-directory release
	@CHARTER_BIN=$(abspath $(BUILD)/release/charter) $(PYTHON) tests/bench/twin.py $(ARGS)
	@CHARTER_BIN=$(abspath $(BUILD)/release/charter) $(PYTHON) tests/bench/accounts.py
	@CHARTER_BIN=$(abspath $(BUILD)/release/charter) $(PYTHON) tests/bench/identity.py
	@CHARTER_BIN=$(abspath $(BUILD)/release/charter) $(PYTHON) tests/bench/comment.py
	@CHARTER_BIN=$(abspath $(BUILD)/release/charter) $(PYTHON) tests/bench/drift.py
	@CHARTER_BIN=$(abspath $(BUILD)/release/charter) $(PYTHON) tests/bench/page.py

SEEDS ?= 1000

selftest: packages-present
	@$(MAKE) --no-print-directory release
	@$(BUILD)/release/charter selftest --seeds $(SEEDS) $(ARGS)

mutants: packages-present
	@python3 tests/mutants/run.py --build $(BUILD) $(ARGS)

FUZZ_SECONDS ?= 30

fuzzers: $(FUZZERS)

fuzz:
	@$(MAKE) --no-print-directory FLAVOUR=fuzz fuzzers
	@for f in $(FUZZ_SOURCES:tests/fuzz/%.c=%); do \
		corpus=tests/fuzz/corpus/$${f#fuzz_}; new=$(BUILD)/fuzz/corpus/$$f; \
		mkdir -p $$new; test -d $$corpus || corpus=; \
		$(BUILD)/fuzz/tests/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) \
			-artifact_prefix=$(BUILD)/fuzz/ $$new $$corpus || exit 1; \
	done

clean:
	rm -rf $(BUILD)
