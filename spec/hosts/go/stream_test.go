// SPDX-License-Identifier: MIT

package hosts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	chatabi "github.com/chatabi/chatabi/bindings/go"

	"hosts/go/emulator"
)

const silence = "slow_first_byte=20000"

func TestStreamComesInPiecesAndEndsWithTheAnswer(t *testing.T) {
	stream := begin(t, server.Client(t), "Tell me a story")
	pieces, text := 0, ""
	for stream.Next() {
		if event := stream.Event(); event.Type == chatabi.Text {
			pieces, text = pieces+1, text+event.Text
			var chunk struct{ Object string }
			check(t, json.Unmarshal(event.JSON, &chunk))
			equal(t, "chunk", chunk.Object, "chat.completion.chunk")
			equal(t, "state", stream.State() == "streaming" || stream.State() == "done", true)
			equal(t, "header", strings.HasPrefix(stream.Header("Content-Type"), "text/event-stream"), true)
		}
	}
	answer, err := stream.Result()
	check(t, err)
	equal(t, "text", answer.Text, text)
	equal(t, "more after the end", stream.Next(), false)
	equal(t, "state", stream.State(), "done")
	equal(t, "info", stream.Info()["completion_tokens"], answer.Usage.CompletionTokens)
	if pieces < 5 {
		t.Fatalf("%d pieces", pieces)
	}
}

func TestEventsHaveTheirTypes(t *testing.T) {
	tools := []any{map[string]any{"type": "function", "function": map[string]any{"name": "get_weather",
		"parameters": map[string]any{"type": "object", "required": []string{"city"}, "properties": map[string]any{"city": map[string]any{"type": "string"}}}}}}
	ask := func(content string, more chatabi.Body) map[chatabi.EventType]int {
		more["messages"] = []chatabi.Message{{"role": "user", "content": content}}
		client := server.Client(t, chatabi.Options{"base_url": server.URL + "/vllm/v1"})
		if content == "refuse" {
			client = server.Client(t)
		}
		counts := map[chatabi.EventType]int{}
		begin(t, client, more).All(func(event chatabi.Event, err error) bool {
			check(t, err)
			counts[event.Type]++
			if event.Type == chatabi.Tool {
				call, err := event.ToolCall()
				check(t, err)
				var arguments struct{ City string }
				check(t, json.Unmarshal([]byte(call.Function.Arguments), &arguments))
				equal(t, "call", call.Function.Name+" "+event.Text, "get_weather get_weather")
				if arguments.City == "" || call.ID == "" {
					t.Fatalf("call %s", event.JSON)
				}
			}
			if event.Choice > 0 {
				counts["choice"]++
			}
			return true
		})
		return counts
	}
	equal(t, "tools", ask("parallel", chatabi.Body{"tools": tools})[chatabi.Tool], 2)
	equal(t, "reasoning", ask("hi", chatabi.Body{"model": "dialect:deepseek"})[chatabi.Reasoning] > 0, true)
	equal(t, "refusal", ask("refuse", chatabi.Body{})[chatabi.Refusal] > 0, true)
	equal(t, "second choice", ask("hi", chatabi.Body{"n": 2})["choice"] > 2, true)
}

func TestAllEndsTheRequestWhereTheLoopIsLeft(t *testing.T) {
	before := server.Settled(t)
	stream := begin(t, server.Client(t), "x", fault("pace=50,long=1000"))
	pieces := 0
	stream.All(func(event chatabi.Event, err error) bool {
		check(t, err)
		pieces++
		return pieces < 3
	})
	equal(t, "pieces", pieces, 3)
	emulator.Until(t, "the server sees it", func() bool { return server.Stats(t).Disconnected == before+1 })
	failure := wantError(t, stream.Err(), "CANCELLED")
	if failure.Partial == nil || failure.Partial.Text == "" {
		t.Fatal("nothing of the answer was kept")
	}
}

func TestAllTellsABrokenAnswerLast(t *testing.T) {
	var errs []error
	begin(t, server.Client(t), "x", fault("cut=3")).All(func(event chatabi.Event, err error) bool {
		errs = append(errs, err)
		return true
	})
	if len(errs) < 3 || errs[0] != nil || errs[len(errs)-2] != nil {
		t.Fatal(errs)
	}
	failure := wantError(t, errs[len(errs)-1], "DISCONNECT")
	equal(t, "status", failure.HTTPStatus, 200)
	if !strings.HasPrefix(failure.Partial.Text, "[emulator]") {
		t.Fatalf("partial %q", failure.Partial.Text)
	}
}

type flushed struct {
	bytes.Buffer
	flushes int
}

func (f *flushed) Flush() { f.flushes++ }

func TestTextIsReadAsFromAFile(t *testing.T) {
	client := server.Client(t)
	answer, err := client.Chat(ctx, "Tell me a story ü")
	check(t, err)
	ask := func() *chatabi.Stream { return begin(t, client, "Tell me a story ü") }

	var copied flushed
	_, err = io.Copy(&copied, ask())
	check(t, err)
	equal(t, "copied", copied.String(), answer.Text)
	equal(t, "flushed after each piece", copied.flushes > 5, true)

	single, err := io.ReadAll(iotest.OneByteReader(ask()))
	check(t, err)
	equal(t, "byte by byte", string(single), answer.Text)

	mixed := ask()
	some := make([]byte, 40)
	_, err = io.ReadFull(mixed, some)
	check(t, err)
	rest, err := io.ReadAll(struct{ io.Reader }{mixed})
	check(t, err)
	equal(t, "in two steps", string(some)+string(rest), answer.Text)

	_, err = io.Copy(io.Discard, begin(t, client, "x", fault("reset=3")))
	wantError(t, err, "DISCONNECT")
	_, err = io.ReadAll(struct{ io.Reader }{begin(t, client, "x", fault("reset=3"))})
	wantError(t, err, "DISCONNECT")
}

// How long until it returns, which has to be at once.
func quickly(t *testing.T, after time.Duration, call func()) {
	t.Helper()
	begun := time.Now()
	call()
	took := time.Since(begun) - after
	if emulator.Long() {
		t.Logf("%v after the context's end", took)
	}
	if took > time.Second {
		t.Fatalf("it took %v", took)
	}
}

func TestContextEndsTheWaitAndTheRequestAtOnce(t *testing.T) {
	client := server.Client(t)
	before := server.Settled(t)
	quickly(t, 100*time.Millisecond, func() {
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		_, err := client.Chat(short, "x", fault(silence))
		failure := wantError(t, err, "CANCELLED")
		equal(t, "deadline", errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled), true)
		equal(t, "IsTimeout", os.IsTimeout(err) && failure.Timeout(), true)
		equal(t, "says so", strings.Contains(err.Error(), "deadline exceeded"), true)
	})
	quickly(t, 100*time.Millisecond, func() {
		held, cancel := context.WithCancel(ctx)
		stream, err := client.Stream(held, "x", fault("stall=2"))
		check(t, err)
		time.AfterFunc(100*time.Millisecond, cancel)
		for stream.Next() {
		}
		failure := wantError(t, stream.Err(), "CANCELLED")
		equal(t, "canceled", errors.Is(stream.Err(), context.Canceled), true)
		equal(t, "partial", failure.Partial != nil, true)
	})
	quickly(t, 0, func() {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		_, err := client.Stream(ended, "x")
		equal(t, "before", errors.Is(err, context.Canceled), true)
	})
	emulator.Until(t, "the server sees it", func() bool { return server.Stats(t).Disconnected == before+2 })
}

func TestContextEndsARequestThatNobodyReads(t *testing.T) {
	before := server.Settled(t)
	held, cancel := context.WithCancel(ctx)
	stream, err := server.Client(t).Stream(held, "x", fault(silence))
	check(t, err)
	emulator.Until(t, "it is sent", func() bool { return stream.State() == "waiting" })
	cancel()
	emulator.Until(t, "the server sees it", func() bool { return server.Stats(t).Disconnected == before+1 })
	equal(t, "more", stream.Next(), false)
}

func TestCloseFromElsewhereEndsTheWait(t *testing.T) {
	for name, end := range map[string]func(*chatabi.Client, *chatabi.Stream) error{
		"CANCELLED": func(_ *chatabi.Client, stream *chatabi.Stream) error { return stream.Close() },
		"CLOSED":    func(client *chatabi.Client, _ *chatabi.Stream) error { return client.Close() },
	} {
		client := server.Client(t)
		stream := begin(t, client, "x", fault(silence))
		quickly(t, 100*time.Millisecond, func() {
			time.AfterFunc(100*time.Millisecond, func() { end(client, stream) })
			equal(t, "more", stream.Next(), false)
		})
		wantError(t, stream.Err(), name)
		check(t, stream.Close())
		check(t, stream.Close())
		equal(t, "more after close", stream.Next(), false)
		equal(t, "header after close", stream.Header("date"), "")
		equal(t, "state after close", stream.State(), "failed")
	}
}

func TestClosedClientRefusesEverything(t *testing.T) {
	client := server.Client(t)
	check(t, client.Close())
	check(t, client.Close())
	_, err := client.Chat(ctx, "x")
	wantError(t, err, "CLOSED")
	_, err = client.Status()
	wantError(t, err, "CLOSED")
	wantError(t, client.SetToken("x"), "CLOSED")
	wantError(t, client.Start(), "CLOSED")
	wantError(t, client.Stop(ctx), "CLOSED")
	equal(t, "log", len(client.Log()), 0)
}

func TestStopEndsStreamsInGoodOrder(t *testing.T) {
	client := server.Client(t)
	stream := begin(t, client, "x", fault("pace=20,long=1000"))
	equal(t, "more", stream.Next(), true)
	check(t, client.Stop(ctx))
	for stream.Next() {
	}
	wantError(t, stream.Err(), "CLOSED")
	_, err := client.Chat(ctx, "x")
	wantError(t, err, "CLOSED")
}
