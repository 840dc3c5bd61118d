// SPDX-License-Identifier: MIT

// Package emulator starts chatabi-emulator for a test binary, and asks it what it has seen. It does without net/http,
// which takes half a minute to compile for the race detector.
package emulator

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	chatabi "github.com/chatabi/chatabi/bindings/go"
)

// Emulator is one that runs.
type Emulator struct {
	URL         string `json:"url"`
	TLSURL      string `json:"tls_url"`
	CAFile      string `json:"ca_file"`
	Credentials string `json:"credentials_file"`
	Project     string `json:"project"`
	Key         string `json:"api_key"`
	control     *chatabi.Client
}

// Run runs the tests with an emulator, which ends with this process, however that ends: it reads our end of a pipe.
func Run(m *testing.M, into **Emulator) int {
	command := exec.Command(os.Getenv("CHATABI_EMULATOR"), "--until-eof", "--quiet", "--tls", "--journal-bodies", "--pace", "1")
	command.Stderr = os.Stderr
	hold, err := command.StdinPipe()
	must(err)
	said, err := command.StdoutPipe()
	must(err)
	must(command.Start())
	line, err := bufio.NewReader(said).ReadBytes('\n')
	must(err)
	e := &Emulator{}
	must(json.Unmarshal(line, e))
	e.control, err = chatabi.New(chatabi.Options{"base_url": e.URL})
	must(err)
	*into = e
	code := m.Run()
	hold.Close()
	must(command.Wait())
	return code
}

func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("the emulator (CHATABI_EMULATOR): %v", err))
	}
}

// Client makes one for OpenAI's path of the emulator; more options are added to its own.
func (e *Emulator) Client(t testing.TB, more ...chatabi.Options) *chatabi.Client {
	options := chatabi.Options{"provider": "openai", "base_url": e.URL + "/v1", "model": "gpt-4o-mini",
		"auth": []string{"api_key", e.Key}, "max_retries": 0}
	for _, some := range more {
		for name, value := range some {
			options[name] = value
		}
	}
	client, err := chatabi.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// Fault is the option that makes the emulator misbehave in one request.
func Fault(name string) chatabi.Options {
	return chatabi.Options{"headers": map[string]string{"x-emulator-fault": name}}
}

// Ask asks the emulator about itself.
func (e *Emulator) Ask(t testing.TB, method, path string, into any) {
	t.Helper()
	var body any
	if method == "POST" {
		body = map[string]any{}
	}
	text, err := e.control.Request(context.Background(), method, "/emulator"+path, body)
	if err == nil && into != nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Stats are counters of the emulator.
type Stats struct{ Chat, Active, Disconnected int }

// Stats asks for them.
func (e *Emulator) Stats(t testing.TB) (stats Stats) {
	t.Helper()
	e.Ask(t, "GET", "/stats", &stats)
	return stats
}

// Until waits until a condition holds.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

// Settled waits until no request is under way, and tells how many the emulator has seen cut off until then.
func (e *Emulator) Settled(t testing.TB) int {
	t.Helper()
	var stats Stats
	Until(t, "the emulator has nothing to do", func() bool {
		stats = e.Stats(t)
		return stats.Active == 0
	})
	return stats.Disconnected
}

// LastBody is the body of the chat request that came last.
func (e *Emulator) LastBody(t testing.TB) string {
	t.Helper()
	var entries []struct{ Path, Body string }
	e.Ask(t, "GET", "/journal", &entries)
	for at := len(entries) - 1; at >= 0; at-- {
		if strings.HasSuffix(entries[at].Path, "/completions") {
			return entries[at].Body
		}
	}
	t.Fatal("there was no chat request")
	return ""
}

// Long tells whether the tests run at full length.
func Long() bool { return os.Getenv("CHATABI_LONG") == "1" }
