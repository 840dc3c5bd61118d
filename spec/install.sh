#!/bin/sh
# Installs what building (install.sh build) or testing (install.sh test) needs on Debian or Ubuntu, saying so; does nothing when it
# is all there.
set -eu

build="gcc libc6-dev cmake make ninja-build pkg-config libcurl4-openssl-dev libcjson-dev libssl-dev libmicrohttpd-dev lua5.4 liblua5.4-dev
  ca-certificates"
# luajit2 and not luajit: nginx's Lua module needs the same library, and the two exclude each other.
test="$build g++ git libcmocka-dev lua-busted lua-check lua-cjson clang clang-tidy clang-format libclang-rt-14-dev valgrind abigail-tools
  luajit2 libluajit2-5.1-dev liblua5.1-0-dev liblua5.2-dev liblua5.3-dev ruby ruby-ffi python3 nginx-light tinyproxy nodejs npm curl
  procps tmux lua5.1 lua5.2 lua5.3 luarocks neovim lua-cqueues lua-copas lua-luv lua-socket golang-go mypy python3-pip python3-setuptools
  python3-wheel php-cli libffi-platypus-perl love xvfb xauth xdotool zip
  libnginx-mod-http-lua minetest-server strace openssl"

missing() {
  for package in $1; do
    # Node may have come another way; then Debian's is not wanted.
    case $package in nodejs | npm) ! command -v "${package%js}" >/dev/null || continue ;; esac
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

case ${1:-build} in
build) wanted=$(missing "$build") ;;
test) wanted=$(missing "$test") ;;
*) echo "usage: install.sh build|test" >&2; exit 2 ;;
esac
[ -n "$wanted" ] || exit 0

# shellcheck disable=SC2086
set -- $wanted
if ! command -v apt-get >/dev/null; then
  echo "These are missing, by their Debian names: $*" >&2
  exit 1
fi
run=""
if [ "$(id -u)" != 0 ]; then
  run="sudo"
  if ! command -v sudo >/dev/null; then
    echo "These are missing, and installing them needs root or sudo: $*" >&2
    exit 1
  fi
fi
echo "Installing (apt-get): $*"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  $run env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >"$log" 2>&1 && return
  cat "$log" >&2
  exit 1
}
apt update
apt -y --no-install-recommends install "$@"
