#!/bin/sh
# asan.sh FOLDER: makes FOLDER/bin/lua5.4, the system's interpreter with the
# sanitizer's runtime loaded first. Programs that a spec starts (openssl, nginx)
# run without it; another lua5.4 gets it again through PATH. Modules stay loaded
# at exit: what they keep in globals is no leak, and a leak keeps its names.
set -eu

out=$(cd "$1" && pwd)
tools=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out/bin" "$out/lib"
runtime=$("${CC:-cc}" -print-file-name=libasan.so)
lua=$(PATH=/usr/local/bin:/usr/bin:/bin command -v lua5.4)

"${CC:-cc}" -shared -fPIC -x c -o "$out/lib/preload.so" - <<'END'
#include <stdlib.h>
__attribute__((constructor)) static void forget_preload(void) {
  unsetenv("LD_PRELOAD");
}
int dlclose(void *handle) {
  return handle == NULL;
}
END

cat >"$out/bin/lua5.4" <<END
#!/bin/sh
export ASAN_OPTIONS=\${ASAN_OPTIONS:-detect_leaks=1:halt_on_error=1}
export UBSAN_OPTIONS=\${UBSAN_OPTIONS:-print_stacktrace=1}
export LSAN_OPTIONS=suppressions=$tools/lsan.supp:print_suppressions=0
LD_PRELOAD="$runtime $out/lib/preload.so" exec $lua "\$@"
END
chmod +x "$out/bin/lua5.4"
