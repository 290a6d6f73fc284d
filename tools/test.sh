#!/bin/sh
# test.sh [busted's arguments]: runs the specs, and closes with one plain line,
# "N passed, N failed", and the exit code that goes with it, however busted
# ended: a crash, a hang or a leak found at exit counts as a failure.
set -u

tally=$(mktemp)
trap 'rm -f "$tally"' EXIT
# RUNNER: valgrind and its options, for "make memcheck".
# shellcheck disable=SC2086
timeout -k 10 "${TEST_SECONDS:-2400}" ${RUNNER:-} lua5.4 "${BUSTED:-/usr/bin/busted}" \
  --ignore-lua -o tools/report.lua -Xoutput "$tally" "$@" </dev/null
code=$?

count() { grep -c "^$1\$" "$tally"; }
passed=$(count passed) failed=$(count failed) skipped=$(count skipped)
if [ "$(count end)" = 0 ]; then
  echo "test: busted ended before its last spec (exit code $code)" >&2
  failed=$((failed + 1))
elif [ $code != 0 ] && [ "$failed" = 0 ]; then
  echo "test: all specs passed, but busted's exit code is $code" >&2
  failed=1
elif [ "$passed" = 0 ] && [ "$failed" = 0 ]; then
  echo "test: there was no spec to run" >&2
  failed=1
fi
[ "$skipped" = 0 ] && skipped= || skipped=", $skipped skipped"
echo
echo "$passed passed, $failed failed$skipped"
[ "$failed" = 0 ]
