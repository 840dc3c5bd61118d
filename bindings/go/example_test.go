// SPDX-License-Identifier: MIT

package chatabi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"testing"
	"time"

	chatabi "github.com/chatabi/chatabi/bindings/go"
)

var ctx = context.Background()

func newClient() *chatabi.Client {
	client, err := chatabi.New(chatabi.Options{"project": "my-project", "model": "google/gemini-2.5-flash"})
	if err != nil {
		log.Fatal(err)
	}
	return client
}

func Example() {
	client, err := chatabi.New(chatabi.Options{"project": "my-project", "model": "google/gemini-2.5-flash"})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	answer, err := client.Chat(context.Background(), "Why is the sky blue?")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Text)
}

func ExampleClient_Stream() {
	stream, err := newClient().Stream(ctx, "Tell me a story")
	if err != nil {
		log.Fatal(err)
	}
	defer stream.Close()
	for stream.Next() {
		switch event := stream.Event(); event.Type {
		case chatabi.Text:
			fmt.Print(event.Text)
		case chatabi.Reasoning:
			fmt.Fprint(os.Stderr, event.Text)
		}
	}
	if err := stream.Err(); err != nil {
		log.Fatal(err)
	}
}

// With Go 1.23 the loop is: for event, err := range stream.All { ... }
func ExampleStream_All() {
	stream, err := newClient().Stream(ctx, "Tell me a story")
	if err != nil {
		log.Fatal(err)
	}
	stream.All(func(event chatabi.Event, err error) bool {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(event.Text)
		return true
	})
}

// In a web server io.Copy(w, stream), with a stream that has the context of the http.Request, passes the text on as it
// comes; when the browser goes away, the request ends, and the model stops.
func ExampleStream_WriteTo() {
	stream, err := newClient().Stream(ctx, "Tell me a story")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.Copy(os.Stdout, stream); err != nil {
		log.Fatal(err)
	}
}

func ExampleClient_Chat_conversation() {
	client := newClient()
	history := []chatabi.Message{{"role": "system", "content": "You are brief."}}
	for _, question := range []string{"Who wrote Faust?", "When?"} {
		history = append(history, chatabi.Message{"role": "user", "content": question})
		answer, err := client.Chat(ctx, history, chatabi.Options{"total_timeout_ms": time.Minute})
		if err != nil {
			log.Fatal(err)
		}
		history = append(history, answer.Message)
		fmt.Println(answer.Text)
	}
}

func ExampleAnswer_Decode() {
	schema := json.RawMessage(`{"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
		"required": ["name", "age"]}`)
	answer, err := newClient().Chat(ctx, chatabi.Body{
		"messages": []chatabi.Message{{"role": "user", "content": "Ada Lovelace, 36"}},
		"response_format": chatabi.Body{
			"type": "json_schema", "json_schema": chatabi.Body{"name": "person", "schema": schema},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	var person struct {
		Name string
		Age  int
	}
	if err := answer.Decode(&person); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", person)
}

func ExampleClient_Request() {
	text, err := newClient().Request(ctx, "POST", "/embeddings", chatabi.Body{
		"model": "google/text-embedding-005", "input": []string{"sea", "shore"},
	})
	if err != nil {
		log.Fatal(err)
	}
	var result struct {
		Data []struct{ Embedding []float64 }
	}
	if err := json.Unmarshal(text, &result); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(result.Data), "vectors")
}

func ExampleError() {
	_, err := newClient().Chat(ctx, chatabi.Body{
		"model": "google/no-such-model", "messages": []chatabi.Message{{"role": "user", "content": "Hello"}},
	})
	var failure *chatabi.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		fmt.Println("too slow")
	case errors.As(err, &failure) && failure.Name == "NOT_FOUND":
		fmt.Println(failure.Message)
	case err != nil:
		log.Fatal(err)
	}
}

// The examples speak to Vertex AI, so they have no fixed output. spec/hosts/go runs this with the emulator in its place.
func TestExamples(t *testing.T) {
	if os.Getenv("CHATABI_EMULATOR_PID") == "" {
		t.Skip("CHATABI_EMULATOR_PID is not set: there is no emulator to ask")
	}
	stdout := os.Stdout
	defer func() { os.Stdout = stdout }()
	for name, example := range map[string]func(){
		"": Example, "Stream": ExampleClient_Stream, "All": ExampleStream_All, "WriteTo": ExampleStream_WriteTo,
		"conversation": ExampleClient_Chat_conversation, "Decode": ExampleAnswer_Decode,
		"Request": ExampleClient_Request, "Error": ExampleError,
	} {
		file, err := os.Create(t.TempDir() + "/stdout")
		if err != nil {
			t.Fatal(err)
		}
		os.Stdout = file
		example()
		file.Close()
		if said, err := os.ReadFile(file.Name()); err != nil || strings.TrimSpace(string(said)) == "" {
			t.Errorf("%s says nothing: %v", name, err)
		}
	}
}
