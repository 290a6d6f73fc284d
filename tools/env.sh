#!/bin/sh
# env.sh [FOLDER]: prints what a shell must export so that lua5.4, the examples
# and bin/luatls run from the working tree: eval "$(make -s env)".
top=$(cd "$(dirname "$0")/.." && pwd)
out=$top/${1:-build}
cat <<END
export LUA_PATH='$top/lua/?.lua;$top/lua/?/init.lua;;'
export LUA_CPATH='$out/lib/?.so;;'
export PATH='$out/bin:$top/bin:'"\$PATH"
END
