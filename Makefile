# luatls. First what to type, then how it is built.
#   make demo | test | interop | check | asan | tsan | memcheck | bench | soak | docs
#   make install
#   make test SPEC=spec/unit    eval "$(make -s env)"    MBEDTLS_DIR=/path

OUT         := build
MBEDTLS_DIR ?= build/mbedtls
LUA_INCDIR  ?= /usr/include/lua5.4
PREFIX      ?= /usr/local
LUA_VERSION ?= 5.4
SPEC        ?= $(filter-out spec/interop,$(wildcard spec/*))
Q           ?= @
CC          := $(if $(filter default,$(origin CC)),gcc,$(CC))
CFLAGS      ?= -O2 -g

# The order of this list is the order of the layers: a file may include only
# headers of files before it. "make check" proves it.
SRC = object.c failure.c mbed.c feature.c names.c bytes.c random.c options.c algorithm.c \
  der.c content.c x509.c oid.c directory.c attribute.c key.c name.c general.c decode.c \
  scope.c location.c summary.c certificate.c extension.c facts.c store.c \
  roots.c chain.c external.c csr.c draft.c writer.c issue.c \
  suffix.c match.c constraint.c policy.c verdict.c case.c rule.c path.c verify.c \
  hello.c codepoint.c fingerprint.c greeting.c request.c hosts.c \
  replay.c seal.c state.c envelope.c statistics.c visit.c ticket.c lru.c cache.c \
  session.c saved.c wallet.c \
  tap.c descriptor.c datagram.c transport.c timer.c peek.c \
  trampoline.c keylog.c rekey.c credentials.c client_auth.c offer.c psk.c early.c \
  pool.c bond.c reuse.c cookie.c context.c configuration.c \
  engine.c judge.c hooks.c handshake.c flow.c \
  shelf.c resume.c stage.c alert.c outcome.c info.c \
  question.c reception.c signing.c selection.c \
  connection.c opening.c output.c exporter.c renewal.c message.c core.c

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

OWN  = $(patsubst %,build/%/.done,mbedtls mbedtls-asan mbedtls-tsan \
  mbedtls-fuzz)
DONE = $(filter $(OWN),$(MBEDTLS_DIR)/.done)
CORE = $(OUT)/lib/luatls/core.so
OBJ  = $(SRC:%.c=$(OUT)/obj/%.o)

# Specs run it by its name.
GUARD = $(OUT)/bin/luatls-guard

core: $(CORE)

$(CORE): $(OBJ)
	@mkdir -p $(@D)
	@echo "LD  $@"
	$Q$(CC) -shared -pthread -Wl,--exclude-libs,ALL,-z,relro,-z,now \
	  $(SANITIZE) $(LDFLAGS) -o $@ $(OBJ) $(LIBS)

$(OUT)/obj/%.o: csrc/%.c $(OUT)/obj/flags $(DONE) | deps
	@echo "CC  $<"
	$Q$(CC) $(FLAGS) -c -o $@ $<

# Other flags or another mbedTLS make the objects stale.
$(OUT)/obj/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(FLAGS)' | cmp -s - $@ || echo '$(CC) $(FLAGS)' >$@

-include $(OBJ:.o=.d)

# mbedTLS: our own build of Debian's source package, or the one that is given.
deps: $(or $(DONE),foreign)

$(OWN): deps/mbedtls.sh deps/luatls_mbedtls_config.h deps/patches \
  $(wildcard deps/patches/*.patch)
	deps/mbedtls.sh $(notdir $(@D))
	@touch $@

foreign:
	@CC='$(CC)' deps/check.sh '$(MBEDTLS_DIR)'

# What people run. What is missing of Debian's packages is installed first.
ENV   = eval "$$(tools/env.sh $(OUT))" &&
BUILD = @$(MAKE) --no-print-directory -j$$(nproc)

setup:
	@tools/setup.sh demo

setup-%:
	@tools/setup.sh $*

demo: setup
	$(BUILD) core
	@$(ENV) lua5.4 tools/demo.lua

test: setup-test
	$(BUILD) core guard
	@$(ENV) tools/test.sh $(SPEC)

# A Lua with the engine in it, whose memory is guarded by pages, and whose clock
# can be put forward.
GUARDED = calloc free time ltls_mbed_time_of_day mbedtls_ms_time
guard: $(GUARD)

$(GUARD): fuzz/guard.c $(OBJ) | deps
	@mkdir -p $(@D)
	@echo "CC  $<"
	$Q$(CC) $(FLAGS) -Icsrc $(GUARDED:%=-Wl,--wrap=%) -o $@ $< $(OBJ) \
	  $(LIBS) -llua$(LUA_VERSION)

# Everything that can be negotiated with other people's TLS, both ways; prints
# the table of docs/interoperability.md, and interop-docs puts it there.
PEERS = build/interop/peer-go build/interop/Peer.class

interop: setup-interop
	$(BUILD) core $(PEERS)
	@$(ENV) tools/interop.sh

interop-docs:
	lua5.4 tools/interop.lua

build/interop/peer-go: spec/interop/peers/peer.go
	@mkdir -p $(@D)
	@echo "GO  $<"
	$QGO111MODULE=off GOCACHE=$(CURDIR)/build/interop/go go build -o $@ $<

build/interop/Peer.class: spec/interop/peers/Peer.java
	@mkdir -p $(@D)
	@echo "JAVAC $<"
	$Qjavac -d $(@D) $<

bench: setup-test
	$(BUILD) core $(OUT)/bench/baseline $(OUT)/bench/signatures
	@$(ENV) bench/run $(OUT)/bench

$(OUT)/bench/%: bench/%.c $(OUT)/obj/flags $(DONE) | deps
	@mkdir -p $(@D)
	@echo "CC  $<"
	$Q$(CC) $(FLAGS) $(LDFLAGS) -o $@ $< $(LIBS)

# Connections with a long life: so many MB each, and new keys before every so many
# records, with OpenSSL and GnuTLS. GnuTLS ends one that has more than 8 a second.
#   make soak SIZE=512
SIZE  ?= 20480
EVERY ?= 10000

soak: setup-test
	$(BUILD) core build/soak/openssl build/soak/gnutls
	@$(ENV) lua5.4 spec/soak/main.lua build/soak $(SIZE) $(EVERY)

build/soak/openssl: PEER_LIBS = -lssl -lcrypto
build/soak/gnutls: PEER_LIBS = -lgnutls
build/soak/%: spec/soak/%.c spec/soak/peer.h
	@mkdir -p $(@D)
	@echo "CC  $<"
	$Q$(CC) -std=gnu99 $(WARNINGS) $(CFLAGS) -o $@ $< $(PEER_LIBS)

docs: core
	@$(ENV) lua5.4 tools/apidoc.lua

env:
	@tools/env.sh $(OUT)

# The suite once more under AddressSanitizer and UBSan, with leak checking.
asan: setup-test
	$(BUILD) deps
	$(BUILD) core guard OUT=build/asan MBEDTLS_DIR=build/mbedtls-asan \
	  CFLAGS='-O1 -g -fno-omit-frame-pointer' \
	  SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all'
	@CC='$(CC)' tools/asan.sh build/asan
	@eval "$$(tools/env.sh build/asan)" && tools/test.sh $(SPEC)

# Many threads, each with Lua states of its own, under ThreadSanitizer.
tsan: setup-test
	$(BUILD) build/tsan/bin/luatls-threads OUT=build/tsan \
	  MBEDTLS_DIR=build/mbedtls-tsan CFLAGS='-O1 -g -fno-omit-frame-pointer' \
	  SANITIZE=-fsanitize=thread
	@tools/tsan.sh build/tsan

$(OUT)/bin/luatls-threads: spec/threads/host.c $(OBJ) | deps
	@mkdir -p $(@D)
	@echo "CC  $<"
	$Q$(CC) $(FLAGS) -Icsrc -o $@ $< $(OBJ) $(LIBS) -llua$(LUA_VERSION)

# And in valgrind, slowly: make memcheck SPEC=spec/unit/csrc
MEMCHECK = valgrind -q --error-exitcode=9 --leak-check=full \
  --errors-for-leak-kinds=definite --keep-debuginfo=yes \
  --suppressions=tools/valgrind.supp
memcheck: setup-test
	$(BUILD) core guard
	@$(ENV) RUNNER='$(MEMCHECK)' tools/test.sh $(SPEC)

# Every reader of bytes against bytes nobody would send:
# make fuzz TARGET=client SECONDS=60
TARGET  ?= all
SECONDS ?= 10
FUZZ = OUT=build/fuzz MBEDTLS_DIR=build/mbedtls-fuzz CC=clang \
  CFLAGS='-O1 -g -fno-omit-frame-pointer -Wno-format-nonliteral' \
  SANITIZE='-fno-sanitize-recover=all \
  -fsanitize=address,undefined,fuzzer-no-link'
REPLACED = time ltls_mbed_time_of_day mbedtls_ctr_drbg_random \
  ltls_seal_close ltls_seal_open \
  mbedtls_cipher_auth_encrypt_ext mbedtls_cipher_auth_decrypt_ext \
  mbedtls_pk_verify_ext mbedtls_pk_verify mbedtls_pk_verify_restartable \
  mbedtls_ms_time mbedtls_ct_memcmp

fuzz: setup-check
	$(BUILD) build/fuzz/harness $(FUZZ)
	@$(ENV) fuzz/run $(TARGET) $(SECONDS)

# Its starting points, recorded anew: conversations of our own making.
fuzz-seeds: setup-check
	$(BUILD) build/fuzz/harness $(FUZZ)
	@$(ENV) LUATLS_FUZZ_SCRIPT=fuzz/seeds.lua build/fuzz/harness

$(OUT)/harness: fuzz/harness.c fuzz/clock.c fuzz/mutator.c $(OBJ)
	@echo "CC  fuzz"
	$Q$(CC) $(FLAGS) -Icsrc -fsanitize=fuzzer $(REPLACED:%=-Wl,--wrap=%) \
	  -o $@ $^ $(LIBS) -llua$(LUA_VERSION)

# What can be told without running it.
C_FILES   = $(wildcard csrc/*.[ch] bench/*.c fuzz/*.[ch] spec/threads/*.c spec/soak/*.[ch])
LUA_FILES = $(shell find lua spec tools examples bench fuzz types rockspec \
  -name '*.lua' -o -name '*.rockspec' 2>/dev/null) $(wildcard bin/luatls)

check: check-c check-lua check-sh check-docs check-symbols

check-c: setup-check
	$(BUILD) core OUT=build/check WERROR=-Werror
	@echo 'clang-format, clang-tidy, cppcheck'
	@clang-format --dry-run -Werror $(C_FILES)
	@ls csrc/*.c | xargs -P$$(nproc) -I{} clang-tidy --quiet {} -- \
	  $(STANDARD) $(INCLUDES) 2>build/tidy.log || { cat build/tidy.log; exit 1; }
	@cppcheck -q --std=c99 --enable=warning,performance,portability \
	  --inline-suppr --error-exitcode=1 -D_POSIX_C_SOURCE=200809L \
	  -DMBEDTLS_VERSION_NUMBER=0x03060700 csrc

check-lua: setup-check node_modules/.package-lock.json
	@echo 'luacheck, StyLua, layers, rockspec'
	@luacheck -q .
	@node tools/format.mjs --check $(LUA_FILES)
	@lua5.4 tools/layers.lua
	@lua5.4 tools/rockspec.lua --check

check-sh: setup-check
	shellcheck -S warning deps/*.sh tools/*.sh bench/run fuzz/run .ci/run

check-docs: setup-check
	$(BUILD) core
	@$(ENV) lua5.4 tools/apidoc.lua --check

check-symbols: setup-check
	$(BUILD) core
	test "$$(nm -D --defined-only $(CORE) | cut -d' ' -f3)" = luaopen_luatls_core

format: setup-check node_modules/.package-lock.json
	lua5.4 tools/rockspec.lua
	@clang-format -i $(C_FILES)
	@node tools/format.mjs $(LUA_FILES)

node_modules/.package-lock.json: package-lock.json
	npm ci
	@touch $@

SHARE = $(DESTDIR)$(PREFIX)/share/lua/$(LUA_VERSION)
install: core
	install -d $(SHARE) && cp -R lua/luatls $(SHARE)
	install -D $(CORE) $(DESTDIR)$(PREFIX)/lib/lua/$(LUA_VERSION)/luatls/core.so
	install -D bin/luatls $(DESTDIR)$(PREFIX)/bin/luatls

clean:
	rm -rf build

.PHONY: core deps foreign setup demo test guard interop interop-docs bench soak docs \
  env asan tsan memcheck fuzz fuzz-seeds check check-c check-lua check-sh check-docs \
  check-symbols format install clean FORCE
