#!/bin/sh
# interop.sh: talks to everybody (spec/interop), and prints the table of what
# came of it, and with whom; the specs' exit code.
set -u

rm -f build/interop/table.md
tools/test.sh spec/interop
code=$?

# The version of a program, out of what it prints with such an option.
version() {
  name=$1
  shift
  printf '  %-8s %s\n' "$name" "$("$@" 2>&1 | grep -Eo '[0-9]+(\.[0-9]+)+' | head -n 1)"
}

echo
cat build/interop/table.md
echo
version OpenSSL openssl version
version GnuTLS gnutls-cli --version
version NSS dpkg-query -W -f '${Version}' libnss3
version Go go version
version Java java -version
version Python python3 --version
version Node node --version
version curl curl --version
version nginx nginx -v
exit $code
