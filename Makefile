# hongniang: one Makefile, no recursion into folders. `make help` lists what it does.
#
#   make run                  install what is missing, build, serve the sample data
#   make test                 install what tests need, build, run every test
#   make CC=clang DEVELOPER=1 the warnings that CI insists on
#   make BUILD=build/san SANITIZE=address,undefined
#
# Everything made goes under $(BUILD); the source tree is only read (but for web/ui/dist and
# web/ui/node_modules, which npm insists on).

BUILD  ?= build
PREFIX ?= /usr/local
PYTHON ?= python3
DATA   ?= data
LISTEN ?= 127.0.0.1:8080
ifeq ($(origin CC),default)
CC := gcc
endif

# ---- what is compiled ---------------------------------------------------------------------------
# Folders from the lowest layer to the highest; each may include only itself and those before it.
LAYERS := base corpus index matcher web

sources  = $(filter-out web/main.c,$(wildcard $(1)/*.c $(1)/*/*.c))
objects  = $(patsubst %.c,$(BUILD)/%.o,$(call sources,$(1)))
archive  = $(BUILD)/lib$(1).a
up_to    = $(if $(filter $(1),$(LAYERS)),$(call upto_,$(1),$(LAYERS)),$(LAYERS))
upto_    = $(firstword $(2)) $(if $(filter $(1),$(firstword $(2))),,$(call upto_,$(1),$(wordlist 2,9,$(2))))
reverse  = $(if $(1),$(call reverse,$(wordlist 2,9,$(1))) $(firstword $(1)))
# The archives a program of layer $(1) is linked with, highest layer first.
archives = $(foreach l,$(call reverse,$(strip $(call up_to,$(1)))),$(call archive,$(l)))

VERSION := $(shell cat VERSION)
PROGRAM := $(BUILD)/hongniang
UNIT    := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c))
FUZZ    := $(filter-out standalone,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))

# ---- how it is compiled -------------------------------------------------------------------------
# One named flavour of OpenBLAS, found at run time too whatever the machine's alternatives say.
OPENBLAS   ?= pthread
TRIPLET    := $(shell $(CC) -print-multiarch 2>/dev/null)
BLAS_DIR   := /usr/lib/$(TRIPLET)/openblas-$(OPENBLAS)
PKG_CONFIG := PKG_CONFIG_PATH=$(BLAS_DIR)/pkgconfig:$$PKG_CONFIG_PATH pkg-config
PKGS       := libmicrohttpd sqlite3 libcjson libutf8proc libsodium openblas
PKG_CFLAGS := $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null))
PKG_LIBS   := $(shell $(PKG_CONFIG) --libs $(PKGS) 2>/dev/null)

OPT      := -O2
CPPFLAGS += -I. $(PKG_CFLAGS) -DHONGNIANG_VERSION='"$(VERSION)"'
CFLAGS   += -std=c17 -g -pthread -fPIE -fstack-protector-strong -fno-strict-overflow
LDFLAGS  += -pie -pthread -Wl,-z,relro,-z,now -Wl,--as-needed -Wl,-rpath,$(BLAS_DIR)
LDLIBS   += $(PKG_LIBS) -lstemmer -lm

ifdef SANITIZE
CFLAGS   += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
LDFLAGS  += -fsanitize=$(SANITIZE)
else
CPPFLAGS += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif

# Warnings do not change the code made, so they are no reason to build again.
WARN := -Wall -Wextra
ifdef DEVELOPER
WARN += -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings \
        -Wcast-qual -Wpointer-arith -Wformat=2 -Wundef -Werror
endif

FLAGS := $(CC) $(OPT) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LDLIBS)
COMPILE = $(CC) $(OPT) $(CPPFLAGS) $(CFLAGS) $(WARN) -MMD -MP -c -o $@ $<
LINK    = $(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
ifndef V
say = @echo '  $(1)	$(patsubst $(BUILD)/%,%,$@)';
endif

# ---- targets ------------------------------------------------------------------------------------
.PHONY: all programs unit help clean install check-layers FORCE
.DELETE_ON_ERROR:
.SECONDARY:
.SECONDEXPANSION:

all: $(foreach l,$(LAYERS),$(call archive,$(l))) $(if $(wildcard web/main.c),$(PROGRAM)) ## build the program

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1	/p' Makefile | sort | expand -t 18

$(PROGRAM): $(BUILD)/web/main.o $(call archives,web)
	$(call say,LINK)$(LINK)

# A unit test `tests/unit/<layer>_<module>.c` is linked with its own layer and those below.
unit: $(UNIT) ## build the unit tests
$(UNIT): $(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $$(call archives,$$(firstword $$(subst _, ,$$*)))
	$(call say,LINK)$(LINK) -lcmocka

define layer
$(call archive,$(1)): $(call objects,$(1))
	$$(call say,AR)rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer,$(l))))

$(BUILD)/index/%.o: OPT := -O3
$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE)

# Rewritten only when the compiler or a flag that changes the code did.
$(BUILD)/flags: FORCE
	@test -n '$(PKG_LIBS)' || { echo "Libraries are missing; 'make setup' installs them." >&2; exit 1; }
	@mkdir -p $(@D)
	@printf '%s\n' $(call quoted,$(FLAGS)) | cmp -s - $@ || printf '%s\n' $(call quoted,$(FLAGS)) >$@
quoted = '$(subst ','\'',$(1))'
FORCE:

clean: ## remove what was built (the model and the Python tools stay)
	find $(BUILD) -mindepth 1 -maxdepth 1 ! -name model ! -name venv -exec rm -rf {} +

-include $(shell find $(BUILD) -name '*.d' -not -path '*/venv/*' 2>/dev/null)
