#!/bin/sh
# Prints the ABI of the library, as abidw sees it, without what depends on the machine: make-abi.sh libchatabi.so > core/chatabi.abi
set -eu
abidw --headers-dir "$(dirname "$0")/../../core/include" --drop-private-types --no-architecture --no-corpus-path --no-comp-dir-path --no-show-locs --drop-undefined-syms "$1" | sed "s#path='[^']*/core/#path='core/#"
