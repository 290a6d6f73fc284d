#!/bin/sh
# check.sh DIR: is there an mbedTLS in DIR that luatls can be built with? Asks
# the headers, for a library may carry any name.
set -eu

dir=$1
fail() { echo "mbedtls: $*" >&2; exit 1; }

[ -e "$dir/include/mbedtls/version.h" ] ||
  fail "MBEDTLS_DIR=$dir has no include/mbedtls/version.h"
number=$(echo MBEDTLS_VERSION_NUMBER |
  "${CC:-cc}" -E -P -isystem "$dir/include" -include mbedtls/version.h - |
  tail -n 1)
case $number in
0x*) ;;
*) fail "MBEDTLS_DIR=$dir has headers that do not tell their version" ;;
esac
version=$((number >> 24)).$((number >> 16 & 255)).$((number >> 8 & 255))
[ $((number)) -ge $((0x03060700)) ] && [ $((number >> 24)) = 3 ] ||
  fail "MBEDTLS_DIR=$dir has mbedTLS $version; luatls needs 3.6.7 or a newer 3.6"
