// SPDX-License-Identifier: MIT

package hosts

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	chatabi "github.com/chatabi/chatabi/bindings/go"
)

func TestAnswerHasWhatTheServerSent(t *testing.T) {
	answer, err := server.Client(t).Chat(ctx, "Grüße 🌊")
	check(t, err)
	if !strings.Contains(answer.Text, "Grüße 🌊") || answer.String() != answer.Text {
		t.Fatalf("text %q", answer.Text)
	}
	equal(t, "role", answer.Message["role"], "assistant")
	equal(t, "finish_reason", answer.FinishReason, "stop")
	equal(t, "finish", answer.Info.Finish(), "stop")
	equal(t, "http_status", answer.Info["http_status"], 200)
	equal(t, "attempts", answer.Info["attempts"], 1)
	equal(t, "output_tokens", answer.Info["output_tokens"], answer.Usage.CompletionTokens)
	equal(t, "total", answer.Usage.TotalTokens, answer.Usage.PromptTokens+answer.Usage.CompletionTokens)
	equal(t, "object", answer.Data()["object"], "chat.completion")
	if _, known := answer.Info["retry_after_ms"]; known {
		t.Fatal("a number that is not known is there")
	}
}

func TestBodiesOfEveryKindAreTheSameRequest(t *testing.T) {
	client := server.Client(t)
	message := chatabi.Message{"role": "user", "content": "<a> & \"b\" ü"}
	type named string
	whole := `{"messages":[{"role":"user","content":"<a> & \"b\" ü"}]}`
	for _, body := range []any{message["content"], named("<a> & \"b\" ü"), message, []chatabi.Message{message},
		[]any{message}, chatabi.Body{"messages": []any{message}}, map[string]any{"messages": [1]any{message}},
		struct {
			Messages []chatabi.Message `json:"messages"`
		}{[]chatabi.Message{message}}, json.RawMessage(whole), []byte(whole)} {
		_, err := client.Chat(ctx, body)
		check(t, err)
		var sent struct{ Messages any }
		check(t, json.Unmarshal([]byte(server.LastBody(t)), &sent))
		want := []any{map[string]any{"role": "user", "content": "<a> & \"b\" ü"}}
		if !reflect.DeepEqual(sent.Messages, want) {
			t.Fatalf("%T: sent %v", body, sent.Messages)
		}
	}
}

func TestLargeIntegersAndUnknownFieldsComeAndGoUnchanged(t *testing.T) {
	message := `{"role":"assistant","content":"x","serial":12345678901234567890,"extra_content":{"s":[1.50,{"id":9007199254740993}]}}`
	line, _ := json.Marshal(map[string]any{"chatabi_record": 1,
		"request": map[string]any{"method": "POST", "path": "/chat/completions", "headers": map[string]any{},
			"body": json.RawMessage(`{"messages":[{"role":"user","content":"hi"}]}`)},
		"response": map[string]any{"status": 200, "headers": map[string]any{"content-type": "application/json"}},
		"chunks":   [][]any{{1, `{"object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":` + message + `}]}`}},
		"end":      map[string]any{"ms": 2, "error": nil}})
	path := filepath.Join(t.TempDir(), "recording")
	check(t, os.WriteFile(path, append(line, '\n'), 0o600))
	answer, err := server.Client(t, chatabi.Options{"replay": path}).Chat(ctx, "hi")
	check(t, err)
	equal(t, "serial", answer.Message["serial"], json.Number("12345678901234567890"))

	// A history that was saved as JSON keeps them as well.
	saved, _ := json.Marshal([]chatabi.Message{answer.Message})
	var history []chatabi.Message
	check(t, json.Unmarshal(saved, &history))
	_, err = server.Client(t, chatabi.Options{"dialect": "off"}, chatabi.Options{"base_url": server.URL + "/vllm/v1"}).
		Chat(ctx, append(history, chatabi.Message{"role": "user", "content": "go on"}))
	check(t, err)
	for _, text := range []string{`12345678901234567890`, `9007199254740993`, `1.50`} {
		if !strings.Contains(server.LastBody(t), text) {
			t.Fatalf("%s is not in %s", text, server.LastBody(t))
		}
	}
}

func TestAnswerDecodesIntoAStruct(t *testing.T) {
	schema := map[string]any{"type": "object", "required": []string{"city"}, "additionalProperties": false,
		"properties": map[string]any{"city": map[string]any{"type": "string"}}}
	answer, err := server.Client(t).Chat(ctx, chatabi.Body{
		"messages": []chatabi.Message{{"role": "user", "content": "London"}},
		"response_format": map[string]any{"type": "json_schema",
			"json_schema": map[string]any{"name": "place", "strict": true, "schema": schema}}})
	check(t, err)
	var place struct{ City string }
	check(t, answer.Decode(&place))
	if place.City == "" {
		t.Fatalf("no city in %s", answer)
	}
}

func TestRequestAsksForAnythingElse(t *testing.T) {
	client := server.Client(t)
	text, err := client.Request(ctx, "POST", "/embeddings", map[string]any{"model": "text-embedding-3-small",
		"input": []string{"cat", "dog"}, "dimensions": 5})
	check(t, err)
	var vectors struct {
		Data []struct{ Embedding []float64 }
	}
	check(t, json.Unmarshal(text, &vectors))
	equal(t, "vectors", len(vectors.Data), 2)
	equal(t, "dimensions", len(vectors.Data[1].Embedding), 5)
	text, err = client.Request(ctx, "GET", "/models", nil)
	check(t, err)
	if !strings.Contains(string(text), `"gpt-4o-mini"`) {
		t.Fatalf("models: %s", text)
	}
	_, err = client.Request(ctx, "GET", "/no-such-path", nil)
	wantError(t, err, "NOT_FOUND")
}

func TestErrorOfTheServerHasItsFields(t *testing.T) {
	client := server.Client(t)
	_, err := client.Chat(ctx, "x", fault("429=7"))
	failure := wantError(t, err, "RATE_LIMIT")
	equal(t, "code", failure.Code, -34)
	equal(t, "status", failure.HTTPStatus, 429)
	equal(t, "retryable", failure.Retryable, true)
	equal(t, "retry after", failure.RetryAfter, 7*time.Second)
	equal(t, "details", fmt.Sprint(failure.Details["retry_after_ms"]), "7000")
	if failure.Hint == "" || failure.RequestID == "" || failure.ProviderCode == "" || failure.Partial != nil {
		t.Fatalf("%+v", failure)
	}
	_, err = client.Chat(ctx, chatabi.Body{"messages": []chatabi.Message{{"role": "user", "content": "x"}}, "no_such_parameter": 1}, chatabi.Options{"total_timeout_ms": 5000})
	equal(t, "param", wantError(t, err, "INVALID_REQUEST").Param, "no_such_parameter")
	_, err = client.Chat(ctx, "x", fault("slow_first_byte=20000"), chatabi.Options{"first_byte_timeout_ms": 50 * time.Millisecond})
	equal(t, "Timeout", wantError(t, err, "TIMEOUT").Timeout(), true)
	var ofNet interface { // net.Error, without the time that it takes to compile net
		error
		Timeout() bool
		Temporary() bool
	}
	equal(t, "net.Error", errors.As(err, &ofNet) && ofNet.Timeout(), true)
}

func TestMisuseIsToldByTheLibrary(t *testing.T) {
	for _, bad := range []struct {
		options chatabi.Options
		says    string
	}{
		{chatabi.Options{"projct": "x"}, `There is no option "projct"`},
		{chatabi.Options{"connect_timeout_ms": "soon"}, "connect_timeout_ms"},
		{chatabi.Options{"auth": "nowhere"}, "nowhere"},
		{chatabi.Options{"auth": []string{"file", "a", "b"}}, "auth"},
		{chatabi.Options{"project": "a\x00b"}, "NUL"},
		{chatabi.Options{"headers": make(chan int)}, "headers"},
	} {
		client, err := chatabi.New(bad.options)
		if failure := wantError(t, err, "CONFIG"); client != nil || !strings.Contains(failure.Message, bad.says) {
			t.Fatalf("%v: %v", bad.options, failure)
		}
	}
	client := server.Client(t)
	_, err := client.Chat(ctx, map[string]any{"messages": make(chan int)})
	wantError(t, err, "JSON")
	_, err = client.Chat(ctx, json.RawMessage(`{"messages":`))
	wantError(t, err, "JSON")
	_, err = client.Chat(ctx, 7)
	wantError(t, err, "JSON")
	_, err = client.Chat(ctx, "x", chatabi.Options{"patience": 1})
	wantError(t, err, "CONFIG")
	wantError(t, client.SetAuth("api_key", "other"), "STATE")
}

func TestOptionsTakeValuesOfGo(t *testing.T) {
	type kind string
	client := server.Client(t, chatabi.Options{"base_url": "http://127.0.0.1:1/v1", "connect_timeout_ms": 3 * time.Second, "max_retries": uint8(1),
		"log_level": kind("debug"), "log_payloads": true, "log_telemetry": false, "token_budget": 1e6, "project": nil,
		"headers":  map[string]string{"x-mine": "ü"},
		"fallback": []any{map[string]any{"base_url": server.URL + "/vllm/v1"}}, "auth": [2]string{"api_key", server.Key}})
	answer, err := client.Chat(ctx, "hello")
	check(t, err)
	equal(t, "place", answer.Info["place"], 1)
	log := strings.Join(client.Log(), "\n")
	if !strings.Contains(log, "debug") || !strings.Contains(log, "hello") || strings.Contains(log, server.Key) {
		t.Fatalf("log: %s", log)
	}
	equal(t, "lines left", len(client.Log()), 0)
	status, err := client.Status()
	check(t, err)
	equal(t, "requests", status["counters"].(map[string]any)["requests"], json.Number("1"))
}

func TestTheRestOfADeadlineIsNeverNoLimit(t *testing.T) {
	for left, name := range map[time.Duration]string{time.Nanosecond: "TIMEOUT", 1500 * time.Microsecond: "TIMEOUT", -time.Nanosecond: "CONFIG"} {
		_, err := server.Client(t).Chat(ctx, "x", fault("slow_first_byte=2000"), chatabi.Options{"total_timeout_ms": left})
		wantError(t, err, name)
	}
	_, err := chatabi.New(chatabi.Options{"total_timeout_ms": -time.Microsecond})
	wantError(t, err, "CONFIG")
}

func TestTokenIsReplacedWhileTheClientRuns(t *testing.T) {
	var issued struct{ Access_token string }
	server.Ask(t, "POST", "/tokens", &issued)
	options := chatabi.Options{"provider": "vertex", "base_url": server.URL, "project": server.Project,
		"model": "google/gemini-2.5-flash", "auth": []string{"token", "stale"}}
	client := server.Client(t, options)
	_, err := client.Chat(ctx, "x")
	wantError(t, err, "UNAUTHENTICATED")
	check(t, client.SetToken(issued.Access_token))
	_, err = client.Chat(ctx, "x")
	check(t, err)
	check(t, client.Start())
	if !strings.HasPrefix(chatabi.Version(), "chatabi/") {
		t.Fatal(chatabi.Version())
	}
}
