#!/bin/sh
# tsan.sh FOLDER: runs FOLDER/bin/luatls-threads in a private folder; a race that
# ThreadSanitizer finds fails it.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export LUATLS_THREADS_FOLDER="$folder"
export TSAN_OPTIONS="${TSAN_OPTIONS:-exitcode=66 second_deadlock_stack=1}"
for task in prepare threads; do
  "$1/bin/luatls-threads" spec/threads/work.lua $task
done
