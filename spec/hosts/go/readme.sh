#!/bin/sh
# SPDX-License-Identifier: MIT
# Executes the README of the Go package and its examples as they stand, with the emulator in Google's place, to which
# spec/readme/redirect.c leads them: readme.sh OUT EMULATOR, after build.sh.
set -eu
out=$(cd "$1" && pwd)
emulator=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
. "$out/env"
place=$(mktemp -d)
CHATABI_EMULATOR_PID=""
trap '[ -z "$CHATABI_EMULATOR_PID" ] || kill "$CHATABI_EMULATOR_PID"; rm -rf "$place"' EXIT
"$emulator" --tls --quiet --print-env --pace 1 --project my-project --dir "$place" >"$place/env" &
tries=0
until [ -s "$place/env" ] || [ $tries -gt 200 ]; do tries=$((tries + 1)); sleep 0.05; done
. "$place/env"
unset OPENAI_BASE_URL
cc -shared -fPIC -D_GNU_SOURCE -Wall -Wextra -Werror -I"$root/core/include" "$root/spec/readme/redirect.c" -o "$place/redirect.so" -ldl

# Blocks become hello/N/main.go, the first one hello/main.go, and hello.sh.
mkdir "$place/hello"
ln -s "$root" "$place/chatabi"
cd "$place"
awk '
  /^```/ && file { close(file); file = ""; next }
  /^```go$/ { n++; dir = n == 1 ? "hello" : "hello/" n; system("mkdir -p " dir); file = dir "/main.go"; next }
  /^```sh$/ { file = "hello.sh"; next }
  /^```/ { print "nobody runs this block: " $0; exit 1 }
  file { print > file }
' "$root/bindings/go/README.md"

cd hello
failed=0
says() { # COMMAND...: ends well and prints something
  timeout 60 env LD_PRELOAD="$place/redirect.so" "$@" >"$place/said" 2>&1 && grep -q '[^[:space:]]' "$place/said" && return
  echo "FAILED: $*"
  cat "$place/said"
  failed=1
}
says sh -e ../hello.sh
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "FAILED: gofmt would change $unformatted"; failed=1; }
mkdir ../bin
go build -o ../bin ./...
count=0
for program in ../bin/*; do says "$program"; count=$((count + 1)); done
[ $count -eq "$(grep -c '^```go$' "$root/bindings/go/README.md")" ] || { echo "FAILED: $count programs"; failed=1; }
says "$out/example.test" -test.v
grep -q '^--- PASS: TestExamples' "$place/said" || { echo "FAILED: no example was run"; failed=1; }
exit $failed
