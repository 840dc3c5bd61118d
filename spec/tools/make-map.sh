#!/bin/sh
# Prints the linker's export list, made from the header: make-map.sh core/include/chatabi.h > core/chatabi.map
set -eu
echo '/* Made from chatabi.h by spec/tools/make-map.sh. */'
echo 'CHATABI_1 {'
echo '  global:'
sed -n '/cdef begin/,/cdef end/p' "$1" | tr '\n' ' ' | sed 's@/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/@@g' |
  grep -oE 'chatabi_[a-z_]+\(' | tr -d '(' | sort | sed 's/.*/    &;/'
echo '  local:'
echo '    *;'
echo '};'
