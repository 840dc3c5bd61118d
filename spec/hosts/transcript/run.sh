#!/bin/sh
# SPDX-License-Identifier: MIT
# Holds the conversation of transcript.c in C and by another program, with an emulator of their own, and compares what
# the two print: run.sh EMULATOR C_PROGRAM [COMMAND...]. Without a command the C program's own words are printed.
set -eu
emulator=$1 judge=$2
shift 2
place=$(mktemp -d)
CHATABI_EMULATOR_PID=""
trap '[ -z "$CHATABI_EMULATOR_PID" ] || kill "$CHATABI_EMULATOR_PID"; rm -rf "$place"' EXIT
"$emulator" --tls --quiet --print-env --pace 1 --dir "$place" >"$place/env" &
tries=0
until [ -s "$place/env" ] || [ $tries -gt 200 ]; do tries=$((tries + 1)); sleep 0.05; done
. "$place/env"
export TRANSCRIPT_URL="$CHATABI_EMULATOR_TLS_URL/v1/projects/$GOOGLE_CLOUD_PROJECT/locations/global/endpoints/openapi"
export TRANSCRIPT_CA="$CHATABI_EMULATOR_CA" TRANSCRIPT_CREDENTIALS="$GOOGLE_APPLICATION_CREDENTIALS"
"$judge" >"$place/judge"
[ $# -gt 0 ] || { cat "$place/judge"; exit 0; }
"$@" >"$place/other" || { echo "$1 ended with $?"; cat "$place/other"; exit 1; }
diff -u "$place/judge" "$place/other"
