#!/bin/sh
# Fetches, unpacks and builds mbedTLS: build/mbedtls for use, build/mbedtls-asan
# for "make asan", build/mbedtls-fuzz for "make fuzz". The source package comes
# from Debian, through the mirror that this machine's apt already uses; apt
# checks signatures and hashes. The machine's own sources and package state are
# never touched.
set -eu

cd "$(dirname "$0")/.."
top=$PWD
src=$top/build/src
oldest=3.6.7
suites="testing unstable"

say() { echo "mbedtls: $*"; }
fail() { echo "mbedtls: $*" >&2; exit 1; }

# "URI file:line" of a mirror of Debian's main archive, as apt sees it; apt
# knows that only after an update.
find_mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI) $(SOURCESENTRY)' \
    "Created-By: Packages" | sed -n 's/^Debian|Debian|\(https\{0,1\}:.*\)/\1/p' |
    head -n 1
}

# The keyring that the machine trusts for that mirror (else Debian's own).
find_keyring() {
  named=$(sed -n 's/.*[Ss]igned-[Bb]y[:=] *\(\/[^] ,]*\).*/\1/p' "$1" | head -n 1)
  echo "${named:-/usr/share/keyrings/debian-archive-keyring.gpg}"
}

write_apt_config() {
  mkdir -p "$src/apt/lists/partial" "$src/apt/cache/archives/partial"
  for suite in $suites; do
    echo "deb-src [signed-by=$2] $1 $suite main"
  done >"$src/apt/sources.list"
  cat >"$src/apt/apt.conf" <<END
Dir::Etc::SourceList "$src/apt/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$src/apt/lists";
Dir::Cache "$src/apt/cache";
APT::Sandbox::User "";
APT::Update::Error-Mode "any";
END
}

newest_version() {
  apt-cache -c "$src/apt/apt.conf" showsrc mbedtls 2>/dev/null |
    sed -n 's/^Version: \(3\.6\..*\)/\1/p' | sort -V | tail -n 1
}

fetch() {
  mirror=$(find_mirror)
  if [ -z "$mirror" ] && [ "$(id -u)" = 0 ]; then
    apt-get -q update
    mirror=$(find_mirror)
  fi
  [ -n "$mirror" ] || fail "apt names no http mirror of Debian on this machine;" \
    "run apt-get update, or give MBEDTLS_DIR=/path of mbedTLS $oldest or newer"
  entry=${mirror#* }
  write_apt_config "${mirror%% *}" "$(find_keyring "${entry%:*}")"
  say "fetching Debian's source package from ${mirror%% *}"
  apt-get -qq -c "$src/apt/apt.conf" update ||
    fail "cannot read Debian's source lists ($suites) from ${mirror%% *}"
  version=$(newest_version)
  [ -n "$version" ] && dpkg --compare-versions "$version" ge "$oldest" ||
    fail "Debian ($suites) offers no mbedTLS 3.6 from $oldest on any more;" \
      "build one and give its folder: MBEDTLS_DIR=/path"
  rm -rf "$src/part" && mkdir "$src/part"
  (cd "$src/part" && apt-get -qq -c ../apt/apt.conf source --download-only \
    --only-source "mbedtls=$version")
  mv "$src/part" "$src/package"
}

unpack() {
  rm -rf "$src/tree"
  # It cannot check the maintainer's signature; apt has checked the archive's.
  say "unpacking $(basename "$1" .dsc)"
  dpkg-source --extract "$1" "$src/tree" >"$src/unpack.log" 2>&1 ||
    { cat "$src/unpack.log" >&2; fail "cannot unpack $1"; }
  for patch in deps/patches/*.patch; do
    [ -e "$patch" ] || continue
    say "applying $patch"
    patch -d "$src/tree" -p1 --fuzz=0 --no-backup-if-mismatch <"$patch" ||
      fail "$patch does not apply to $(basename "$1")"
  done
  cp deps/luatls_mbedtls_config.h "$src/tree/include/mbedtls/luatls_config.h"
  # Every user of the headers must see our configuration without a -D.
  echo '#include "mbedtls/luatls_config.h"' \
    >>"$src/tree/include/mbedtls/mbedtls_config.h"
}

# build NAME FLAGS: compile the unpacked tree and install it as build/NAME.
build() {
  say "compiling $1"
  work=$src/$1 to=$top/build/$1
  rm -rf "$work" "$to.new"
  cp -a "$src/tree" "$work"
  MAKEFLAGS='' make -s -C "$work/library" -j"$(nproc)" CC="${CC:-cc}" WARNING_CFLAGS=-w \
    CFLAGS="-O2 -fPIC -fvisibility=hidden -pthread $2" \
    libmbedcrypto.a libmbedx509.a libmbedtls.a >"$src/$1.log" 2>&1 ||
    { tail -n 30 "$src/$1.log" >&2; fail "does not compile; see $src/$1.log"; }
  mkdir -p "$to.new/lib"
  cp "$work"/library/*.a "$to.new/lib"
  cp -R "$work/include" "$to.new/include"
  rm -rf "$work" "$to"
  mv "$to.new" "$to"
}

mkdir -p "$src"
case "${1:-mbedtls}" in
mbedtls) flags="" ;;
mbedtls-asan) flags="-g -fno-omit-frame-pointer -fsanitize=address,undefined \
    -fno-sanitize-recover=all" ;;
mbedtls-tsan) flags="-g -fno-omit-frame-pointer -fsanitize=thread" ;;
# mbedTLS compares and moves nothing at NULL, which means nothing.
mbedtls-fuzz) CC=clang flags="-g -fno-omit-frame-pointer \
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
    -fno-sanitize=nonnull-attribute,pointer-overflow \
    -fsanitize-coverage-ignorelist=$top/fuzz/uncounted" ;;
*) fail "unknown flavour $1" ;;
esac
[ -d "$src/package" ] || fetch
unpack "$src"/package/*.dsc
build "${1:-mbedtls}" "$flags"
