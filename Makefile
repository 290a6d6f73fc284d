# luatls: what to type is in "make help"; how it is built, in the order below.

OUT         := build
MBEDTLS_DIR ?= build/mbedtls
PREFIX      ?= /usr/local
LUA         ?= lua5.4
LUA_INCDIR  ?= /usr/include/lua5.4
SPEC        ?= spec
CC          := $(if $(filter default,$(origin CC)),gcc,$(CC))
CFLAGS      ?= -O2 -g

# The order of this list is the order of the layers: a file may include only
# headers of files before it. "make check" proves it.
SRC = object.c failure.c names.c bytes.c random.c options.c key.c name.c \
  certificate.c chain.c csr.c issue.c verify.c tap.c transport.c trampoline.c \
  context.c connection.c core.c
SRC := $(filter $(notdir $(wildcard csrc/*.c)),$(SRC))

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wwrite-strings \
  -Wcast-align -Wconversion -Wsign-conversion -Wstrict-prototypes \
  -Wmissing-prototypes -Wmissing-declarations -Wold-style-definition \
  -Wredundant-decls -Wnested-externs -Wpointer-arith -Wformat=2 -Wvla \
  -Wdouble-promotion -Wnull-dereference -Wswitch-enum
STANDARD = -std=c99 -D_POSIX_C_SOURCE=200809L
INCLUDES = -isystem $(MBEDTLS_DIR)/include -isystem $(LUA_INCDIR)
FLAGS    = $(STANDARD) $(WARNINGS) $(WERROR) -fPIC -fvisibility=hidden \
  -pthread -MMD -MP $(INCLUDES) $(SANITIZE) $(CFLAGS)
LIBS     = -L$(MBEDTLS_DIR)/lib -lmbedtls -lmbedx509 -lmbedcrypto

OWN  = build/mbedtls/.done build/mbedtls-asan/.done
DONE = $(filter $(OWN),$(MBEDTLS_DIR)/.done)
CORE = $(OUT)/lib/luatls/core.so
OBJ  = $(SRC:%.c=$(OUT)/obj/%.o)

core: $(CORE)

$(CORE): $(OBJ)
	@mkdir -p $(@D)
	$(CC) -shared -pthread -Wl,--exclude-libs,ALL $(SANITIZE) $(LDFLAGS) \
	  -o $@ $(OBJ) $(LIBS)

$(OUT)/obj/%.o: csrc/%.c $(OUT)/obj/flags $(DONE) | deps
	$(CC) $(FLAGS) -c -o $@ $<

# Other flags or another mbedTLS make the objects stale.
$(OUT)/obj/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(FLAGS)' | cmp -s - $@ || echo '$(CC) $(FLAGS)' >$@

-include $(OBJ:.o=.d)

# mbedTLS: our own build of Debian's source package, or the one that is given.
deps: $(or $(DONE),foreign)

$(OWN): deps/mbedtls.sh deps/luatls_mbedtls_config.h deps/patches
	deps/mbedtls.sh $(notdir $(@D))
	@touch $@

foreign:
	@CC='$(CC)' deps/check.sh '$(MBEDTLS_DIR)'

clean:
	rm -rf build

.PHONY: core deps foreign clean FORCE
