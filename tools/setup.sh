#!/bin/sh
# setup.sh demo|test|interop|check: installs the Debian packages that are missing for
# that purpose; touches nothing when none is. The only list of them is here.
set -eu

demo="gcc libc6-dev make dpkg-dev patch bzip2 xz-utils ca-certificates curl
  lua5.4 liblua5.4-dev lua-luv"
test="lua-busted lua-cjson lua-sec lua-socket lua-zlib luarocks
  gnutls-bin libgnutls28-dev libssl-dev nginx-light openssl procps
  publicsuffix strace valgrind"
check="clang clang-format clang-tidy cppcheck libclang-rt-dev lua-check
  shellcheck"

# Some machines have a program from elsewhere, and Debian's package would clash.
unless() {
  command -v "$1" >/dev/null || wanted="$wanted $2"
}

case ${1:-} in
demo) wanted="$demo" ;;
test) wanted="$demo $test" ;;
interop)
  wanted="$demo $test libnss3-tools"
  unless go golang-go
  unless javac default-jdk-headless
  unless node nodejs
  unless python3 python3
  ;;
check)
  wanted="$demo $test $check"
  unless node nodejs
  unless npm npm
  ;;
*) echo "usage: tools/setup.sh demo|test|interop|check" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
  echo "setup: this is no Debian system; it must have the like of:" $wanted
  exit 0
fi

missing=
for package in $wanted; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) ||
    status=
  case $status in installed*) ;; *) missing="$missing $package" ;; esac
done
[ -n "$missing" ] || exit 0

echo "setup: installing$missing"
if [ "$(id -u)" != 0 ]; then
  echo "setup: only root may; run: apt-get install$missing" >&2
  exit 1
fi

# A package must not start its service: nginx would take port 80.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod +x $policy
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q install -y --no-install-recommends $missing </dev/null
