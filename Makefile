# Milliwatt. `make help` names every target; everything built lands in build/.

VERSION := 0.1.0
PREFIX ?= /usr/local
CC ?= cc
CLANG ?= clang
PKG := libpcap libosip2 sqlite3 libxxhash zlib libzstd spandsp opus libsrtp2 expat openssl yaml-0.1 ncursesw
# Only asked for when something is compiled: `make demo` and `make test` install what is missing first.
PKG_CFLAGS = $(shell pkg-config --cflags $(PKG))
PKG_LIBS = $(shell pkg-config --libs $(PKG)) -lm -pthread

STD := -std=c17 -D_GNU_SOURCE -I. -DMILLIWATT_VERSION='"$(VERSION)"'
WARN := -Wall -Wextra -Wconversion -Wshadow
SAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
RELEASE := -O2 -g -DNDEBUG -flto=auto
WERROR ?=

SRC := $(sort $(wildcard base/*.c dissectors/*.c analyzer/*.c analyzer/*/*.c sim/*.c sim/*/*.c reports/*.c reports/*/*.c cli/*.c))
LIB_SRC := $(filter-out cli/main.c,$(SRC))
HELPER_SRC := $(sort $(filter-out %_main.c,$(wildcard tests/helpers/*.c)))
UNIT_SRC := $(sort $(wildcard tests/unit/*.c tests/property/*.c))
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
HEADERS := $(sort $(wildcard base/*.h dissectors/*.h analyzer/*.h analyzer/*/*.h sim/*.h sim/*/*.h reports/*.h reports/*/*.h cli/*.h tests/*/*.h))

.PHONY: all help deps deps-test demo test bench bench-sim bench-reports conformance compatibility accuracy golden golden-update fixtures check-headers check-layers check-symbols fuzz \
	fuzz-replay coverage format install uninstall deb clean

all: build/milliwatt ## build/milliwatt, optimized (the default)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- what has to be there -------------------------------------------------------------------------------------------

deps: ## install the Debian packages the build needs, naming them
	@sh .ci/packages.sh build

deps-test: ## install the Debian packages tests and benchmarks need, naming them
	@sh .ci/packages.sh build test

# --- the program ----------------------------------------------------------------------------------------------------

build/schema.h: reports/records/schema.sql reports/records/embed.sh
	@mkdir -p $(@D)
	@sh reports/records/embed.sh $< > $@.new && mv $@.new $@

build/builtin.h: sim/scenario/builtin/embed.sh $(wildcard sim/scenario/builtin/*.xml)
	@mkdir -p $(@D)
	@sh $< $(filter %.xml,$^) > $@.new && mv $@.new $@

build/html_assets.h: reports/html/embed.sh reports/html/style.css reports/html/report.js
	@mkdir -p $(@D)
	@sh $^ > $@.new && mv $@.new $@

# $(call build-rules,DIR,FLAGS): objects under build/DIR from any source of the tree.
define build-rules
build/$(1)/%.o: %.c build/schema.h build/builtin.h | build/html_assets.h
	@mkdir -p $$(@D)
	@echo "  CC $(1)/$$<"
	@$(3) $(STD) $(WARN) $(WERROR) $(2) $$(PKG_CFLAGS) -MMD -MP -c $$< -o $$@
build/$(1)/gen/%.o: build/gen/%.c
	@mkdir -p $$(@D)
	@$(3) $(STD) $(WARN) $(WERROR) $(2) -MMD -MP -c $$< -o $$@
endef
$(eval $(call build-rules,release,$(RELEASE),$$(CC)))
$(eval $(call build-rules,san,-O1 -g $(SAN),$$(CC)))
$(eval $(call build-rules,cov,-O0 -g --coverage,$$(CC)))
$(eval $(call build-rules,fuzz,-O1 -g $(SAN) -fsanitize=fuzzer-no-link,$$(CLANG)))

objects = $(patsubst %.c,build/$(1)/%.o,$(2))

build/milliwatt: $(call objects,release,$(SRC))
	@echo "  LD $@"
	@$(CC) $(RELEASE) -o $@ $^ $(PKG_LIBS)

build/san/milliwatt: $(call objects,san,$(SRC))
	@echo "  LD $@"
	@$(CC) $(SAN) -o $@ $^ $(PKG_LIBS)

# Man pages of the commands and completion say what --help says: they are made by asking the program.
build/install/done: build/milliwatt docs/install/pages.pl
	@rm -rf $(@D) && mkdir -p $(@D)/man
	@perl docs/install/pages.pl build/milliwatt man $(@D)/man
	@perl docs/install/pages.pl build/milliwatt bash > $(@D)/milliwatt.bash
	@perl docs/install/pages.pl build/milliwatt zsh > $(@D)/_milliwatt
	@touch $@

INSTALL_BIN = $(DESTDIR)$(PREFIX)/bin
INSTALL_SHARE = $(DESTDIR)$(PREFIX)/share

install: build/install/done ## install the program, its link milliwatt-sipp, man pages, completion (bash, zsh) and guides under PREFIX (/usr/local)
	install -D -m 755 build/milliwatt $(INSTALL_BIN)/milliwatt
	ln -sf milliwatt $(INSTALL_BIN)/milliwatt-sipp
	install -d $(INSTALL_SHARE)/man/man1 $(INSTALL_SHARE)/doc/milliwatt/ci
	install -m 644 docs/milliwatt.1 build/install/man/*.1 $(INSTALL_SHARE)/man/man1
	install -D -m 644 build/install/milliwatt.bash $(INSTALL_SHARE)/bash-completion/completions/milliwatt
	ln -sf milliwatt $(INSTALL_SHARE)/bash-completion/completions/milliwatt-sipp
	install -D -m 644 build/install/_milliwatt $(INSTALL_SHARE)/zsh/vendor-completions/_milliwatt
	install -m 644 $(filter-out docs/architecture.md,$(wildcard docs/*.md docs/*.json)) LICENSE $(INSTALL_SHARE)/doc/milliwatt
	$(if $(wildcard docs/ci/*),install -m 644 $(wildcard docs/ci/*) $(INSTALL_SHARE)/doc/milliwatt/ci)

uninstall: ## take away what install put there
	rm -f $(INSTALL_BIN)/milliwatt $(INSTALL_BIN)/milliwatt-sipp $(INSTALL_SHARE)/man/man1/milliwatt.1 $(INSTALL_SHARE)/man/man1/milliwatt-*.1
	rm -f $(INSTALL_SHARE)/bash-completion/completions/milliwatt $(INSTALL_SHARE)/bash-completion/completions/milliwatt-sipp
	rm -f $(INSTALL_SHARE)/zsh/vendor-completions/_milliwatt
	rm -rf $(INSTALL_SHARE)/doc/milliwatt

deb: deps ## build/milliwatt_VERSION_ARCH.deb: a Debian package
	@sh .ci/packages.sh deb
	@$(MAKE) --no-print-directory build/install/done
	@VERSION=$(VERSION) sh docs/install/deb.sh build

demo: deps ## install what is missing, build, analyze the fixture captures, say where the records are
	@$(MAKE) --no-print-directory build/milliwatt
	@sh docs/demo.sh build/milliwatt build/demo

# --- tests ----------------------------------------------------------------------------------------------------------

test: deps-test ## everything: -Werror, address and undefined sanitizers; the last line counts
	@$(MAKE) --no-print-directory WERROR=-Werror build/milliwatt build/san/milliwatt build/san/unit build/craft build/speak build/alike build/pty \
		$(addprefix build/san/replay-,$(FUZZ))
	@sh tests/run.sh

build/gen/suites.c: $(UNIT_SRC) tests/unit/suites.sh
	@mkdir -p $(@D)
	@sh tests/unit/suites.sh $(UNIT_SRC) > $@.new && mv $@.new $@

# Tests see every allocation through tests/helpers/shortage.c.
CHECK_LIBS = $(shell pkg-config --libs check) -lpthread -Wl,--wrap=mem_alloc,--wrap=mem_zalloc,--wrap=mem_resize
build/san/unit: $(call objects,san,$(LIB_SRC) $(HELPER_SRC) $(UNIT_SRC)) build/san/gen/suites.o
	@echo "  LD $@"
	@$(CC) $(SAN) -o $@ $^ $(PKG_LIBS) $(CHECK_LIBS)

# The crafting tool and the benchmark's generator know packets, not the analyzer.
CRAFT_SRC := $(filter-out %_main.c,$(wildcard tests/helpers/craft*.c tests/helpers/recipe*.c)) $(filter-out base/yaml.c,$(wildcard base/*.c))
build/craft: $(call objects,release,tests/helpers/craft_main.c $(CRAFT_SRC))
	@echo "  LD $@"
	@$(CC) $(RELEASE) -o $@ $^ -lm

# What tests/audio says and hears.
SPEECH_SRC := tests/helpers/pcm_file.c tests/helpers/voice_encoder.c analyzer/audio/resample.c
build/speak: $(call objects,release,tests/helpers/speak_main.c $(SPEECH_SRC) $(CRAFT_SRC))
	@echo "  LD $@"
	@$(CC) $(RELEASE) -o $@ $^ $(PKG_LIBS)

build/alike: $(call objects,release,tests/helpers/alike_main.c $(SPEECH_SRC) $(CRAFT_SRC))
	@echo "  LD $@"
	@$(CC) $(RELEASE) -o $@ $^ $(PKG_LIBS)

# A terminal for tests of what needs one.
build/pty: build/release/tests/helpers/pty_main.o
	@echo "  LD $@"
	@$(CC) $(RELEASE) -o $@ $^

build/generate: $(call objects,release,tests/bench/generate.c $(CRAFT_SRC))
	@echo "  LD $@"
	@$(CC) $(RELEASE) -o $@ $^ -lm

golden: build/milliwatt build/craft ## compare every fixture (CASE=x: one) with its expected records and dumps
	@sh tests/golden/run.sh build/milliwatt $(CASE)

golden-update: build/milliwatt ## write the dump goldens of CASE=x anew; review the diff like code
	@sh tests/golden/update.sh build/milliwatt $(CASE)

check-headers: ## every header compiles alone
	@sh tests/check_headers.sh "$(CC) $(STD) $(WARN) $(PKG_CFLAGS)" $(HEADERS)

check-layers: ## nobody includes what it must not know; each library is seen by its own files only
	@sh tests/check_layers.sh

check-symbols: $(call objects,release,$(SRC)) ## no global name of ours is exported by a library we link
	@sh tests/check_symbols.sh $^

FUZZ_HELPERS := $(filter-out tests/fuzz/replay.c $(FUZZ:%=tests/fuzz/fuzz_%.c),$(sort $(wildcard tests/fuzz/*.c))) tests/helpers/station_lab.c tests/helpers/sample_records.c

# A fuzz target with a plain compiler and a main() that replays its corpus: an ordinary test.
build/san/replay-%: build/san/tests/fuzz/fuzz_%.o build/san/tests/fuzz/replay.o $(call objects,san,$(FUZZ_HELPERS) $(LIB_SRC))
	@$(CC) $(SAN) -o $@ $^ $(PKG_LIBS)

build/fuzz/fuzz-%: build/fuzz/tests/fuzz/fuzz_%.o $(call objects,fuzz,$(FUZZ_HELPERS) $(LIB_SRC))
	@echo "  LD $@"
	@$(CLANG) $(SAN) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS)

FUZZ_SECONDS ?= 60
fuzz: deps-test ## run every fuzz target (TARGET=x: one) for FUZZ_SECONDS (60) each under sanitizers
	@$(MAKE) --no-print-directory $(addprefix build/fuzz/fuzz-,$(or $(TARGET),$(FUZZ)))
	@sh tests/fuzz/run.sh $(FUZZ_SECONDS) $(or $(TARGET),$(FUZZ))

conformance: deps-test ## a case for every row of SIPp's language, against SIPp
	@$(MAKE) --no-print-directory build/milliwatt
	@sh tests/conformance/run.sh build/milliwatt

compatibility: deps-test ## runs the conformance cases and writes docs/sipp-compatibility.md from what they say
	@$(MAKE) --no-print-directory build/milliwatt
	@sh tests/conformance/run.sh build/milliwatt | grep -v '^ok' ; true
	@perl -Itests/helpers -Itests/conformance tests/conformance/compatibility.pl > docs/sipp-compatibility.md.new
	@mv docs/sipp-compatibility.md.new docs/sipp-compatibility.md

bench-sim: deps-test ## the simulator's speed beside SIPp's, on loopback
	@$(MAKE) --no-print-directory build/milliwatt
	@bash tests/bench/sim.sh build/milliwatt build/bench-sim

bench: deps-test ## CPU, wall time and memory against tshark and capinfos, on captures it generates
	@$(MAKE) --no-print-directory build/milliwatt build/generate
	@bash tests/bench/bench.sh build/milliwatt build/generate build/bench

bench-reports: deps-test ## time, memory and room of the reports of 20,000 calls; how soon the browser stands
	@$(MAKE) --no-print-directory build/milliwatt build/generate build/pty
	@bash tests/bench/reports.sh build/milliwatt build/generate build/bench

TRUTH_SRC := $(wildcard tests/helpers/truth*.c tests/helpers/craft.c tests/helpers/craft_file.c) $(filter-out base/yaml.c,$(wildcard base/*.c))
build/accuracy: $(call objects,release,tests/accuracy/accuracy_main.c $(TRUTH_SRC))
	@echo "  LD $@"
	@$(CC) $(RELEASE) -o $@ $^ -lm

accuracy: deps-test ## decided truth, our numbers and tshark's of the same streams: writes docs/accuracy.md
	@$(MAKE) --no-print-directory build/milliwatt build/accuracy
	@sh tests/accuracy/accuracy.sh build/milliwatt build/accuracy build/accuracy-run > docs/accuracy.md.new
	@mv docs/accuracy.md.new docs/accuracy.md
	@sed -n '/^## Greatest errors/,/^## /p' docs/accuracy.md | sed '$$d'

build/cov/unit: $(call objects,cov,$(LIB_SRC) $(HELPER_SRC) $(UNIT_SRC)) build/cov/gen/suites.o
	@$(CC) --coverage -o $@ $^ $(PKG_LIBS) $(CHECK_LIBS)

coverage: deps-test ## line coverage of the unit tests, build/coverage/index.html
	@$(MAKE) --no-print-directory build/cov/unit
	@find build/cov -name '*.gcda' -delete; build/cov/unit > build/cov/unit.log || tail -n 5 build/cov/unit.log
	@mkdir -p build/coverage
	@gcovr --root . --object-directory build/cov --exclude tests/ --html-details build/coverage/index.html --print-summary

format: ## clang-format over our sources
	@clang-format -i $(SRC) $(HEADERS) $(HELPER_SRC) $(UNIT_SRC) $(wildcard tests/*/*.c)

clean: ## remove build/
	rm -rf build

# Test-only objects need check's flags too; they are harmless elsewhere.
build/san/tests/%.o build/cov/tests/%.o: PKG_CFLAGS = $(shell pkg-config --cflags $(PKG) check)

-include $(shell find build -name '*.d' 2>/dev/null)
.SECONDARY:
