// SPDX-License-Identifier: MIT

// The Go package as its users see it, against the emulator.
package hosts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	chatabi "github.com/chatabi/chatabi/bindings/go"

	"hosts/go/emulator"
)

var (
	server *emulator.Emulator
	ctx    = context.Background()
	fault  = emulator.Fault
)

func TestMain(m *testing.M) { os.Exit(emulator.Run(m, &server)) }

// A failure with this name, or the test fails.
func wantError(t *testing.T, err error, name string) *chatabi.Error {
	t.Helper()
	var failure *chatabi.Error
	if !errors.As(err, &failure) || failure.Name != name {
		t.Fatalf("error %v, want %s", err, name)
	}
	if len(failure.Message) < 10 || !strings.Contains(err.Error(), failure.Message) {
		t.Fatalf("%q does not say %q", err, failure.Message)
	}
	return failure
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Numbers of different types are equal when they print alike.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

// All text of a stream.
func read(t *testing.T, stream *chatabi.Stream) string {
	t.Helper()
	var text strings.Builder
	for stream.Next() {
		if event := stream.Event(); event.Type == chatabi.Text {
			text.WriteString(event.Text)
		}
	}
	check(t, stream.Err())
	return text.String()
}

func begin(t *testing.T, client *chatabi.Client, body any, options ...chatabi.Options) *chatabi.Stream {
	t.Helper()
	stream, err := client.Stream(ctx, body, options...)
	check(t, err)
	t.Cleanup(func() { stream.Close() })
	return stream
}
