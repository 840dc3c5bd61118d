#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds what the Go tests run, into OUT: build.sh OUT LIBRARY_DIR. What Go downloads is nothing, and what it keeps is in OUT.
set -eu
mkdir -p "$1"
out=$(cd "$1" && pwd)
library=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)

cat >"$out/chatabi.pc" <<END
Name: chatabi
Description: the build tree
Version: 0
Libs: -L$library -lchatabi -Wl,-rpath,$library
Cflags: -I$root/core/include
END
cat >"$out/env" <<END
export PKG_CONFIG_PATH="$out" GOCACHE="$out/cache" GOPATH="$out/path" GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local
export CGO_LDFLAGS_ALLOW='-Wl,-rpath,.*' GCE_METADATA_HOST=127.0.0.1:1
END
. "$out/env"

unformatted=$(gofmt -l "$root/bindings/go" "$here")
[ -z "$unformatted" ] || { echo "gofmt would change: $unformatted"; exit 1; }
(cd "$root/bindings/go" && go vet ./... && go test -c -o "$out/example.test" .)
cd "$here"
go vet ./...
go vet exit.go
go vet transcript.go
go build -o "$out/exit" exit.go
go build -o "$out/transcript" transcript.go
go test -c -o "$out/user.test" .
# The standard library is compiled anew for the detector: quickly rather than well.
go test -race -c '-gcflags=std=-N -l' '-ldflags=-s -w' -o "$out/storm.test" ./storm
