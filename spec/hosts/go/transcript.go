// SPDX-License-Identifier: MIT

//go:build ignore

// The conversation that every language holds, see ../transcript/transcript.c.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	chatabi "github.com/chatabi/chatabi/bindings/go"
)

type object = map[string]any

var (
	ctx     = context.Background()
	weather = json.RawMessage(`[{"type":"function","function":{"name":"get_weather","description":"Tells the weather.",` +
		`"parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]`)
	thoughts = object{"google": object{"thinking_config": object{"include_thoughts": true}}}
	client   = must(chatabi.New(chatabi.Options{"provider": "vertex", "base_url": os.Getenv("TRANSCRIPT_URL"),
		"ca_file": os.Getenv("TRANSCRIPT_CA"), "auth_allow_hosts": "127.0.0.1", "max_retries": 0,
		"model": "google/gemini-3-flash-preview", "auth": []string{"file", os.Getenv("TRANSCRIPT_CREDENTIALS")}}))
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func line(text string) string { return strings.ReplaceAll(text, "\n", `\n`) }

func faulty(fault string) chatabi.Options {
	return chatabi.Options{"headers": object{"x-emulator-fault": fault}}
}

func printEvent(event chatabi.Event) {
	switch event.Type {
	case chatabi.Tool:
		call := must(event.ToolCall())
		fmt.Println("tool", call.Function.Name, call.Function.Arguments)
	case chatabi.Other:
		fmt.Println("other")
	default:
		fmt.Println(event.Type, len(event.Text), line(event.Text))
	}
}

func printError(err error) *chatabi.Error {
	var failure *chatabi.Error
	if !errors.As(err, &failure) {
		log.Fatal(err)
	}
	status, retryable := failure.HTTPStatus, 0
	if status == 0 {
		status = -1
	}
	if failure.Retryable {
		retryable = 1
	}
	fmt.Println("error", failure.Name, status, retryable)
	fmt.Println(line(failure.Message))
	return failure
}

func printDone(answer *chatabi.Answer) {
	fmt.Println("done", answer.Info.Finish(), answer.Usage.PromptTokens, answer.Usage.CompletionTokens)
}

// The answer of a stream, printed, or its error.
func tell(body any, options ...chatabi.Options) (*chatabi.Answer, *chatabi.Error) {
	stream := must(client.Stream(ctx, body, options...))
	for stream.Next() {
		printEvent(stream.Event())
	}
	answer, err := stream.Result()
	if err != nil {
		return nil, printError(err)
	}
	printDone(answer)
	return answer, nil
}

func main() {
	fmt.Println("== stream")
	messages := []chatabi.Message{{"role": "user", "content": "Grüße aus Zürich, 東京 und vom Strand 🌊"}}
	answer, _ := tell(chatabi.Body{"messages": messages, "extra_body": thoughts})

	fmt.Println("== tools")
	messages = append(messages, answer.Message,
		chatabi.Message{"role": "user", "content": "The weather in Oslo and Rome, in parallel and in steps"})
	for more := true; more; {
		answer, _ = tell(chatabi.Body{"messages": messages, "tools": weather})
		messages = append(messages, answer.Message)
		for _, call := range answer.ToolCalls {
			messages = append(messages,
				chatabi.Message{"role": "tool", "content": call.Function.Arguments, "tool_call_id": call.ID})
		}
		more = len(answer.ToolCalls) > 0
	}

	fmt.Println("== whole")
	answer = must(client.Chat(ctx, "One, two"))
	fmt.Println(line(answer.Text))
	printDone(answer)

	fmt.Println("== embeddings")
	var vectors struct {
		Data []struct{ Embedding []float64 }
	}
	body := object{"model": "google/text-embedding-005", "input": []string{"sea", "shore"}, "dimensions": 5}
	must(0, json.Unmarshal(must(client.Request(ctx, "POST", "/embeddings", body)), &vectors))
	for _, one := range vectors.Data {
		fmt.Println(len(one.Embedding))
	}

	fmt.Println("== cut")
	_, failure := tell("One, two, three", faulty("cut=4"))
	fmt.Println("partial", line(failure.Partial.Text))

	fmt.Println("== refused")
	tell(chatabi.Body{"messages": []chatabi.Message{{"role": "user", "content": "Hello"}}, "model": "google/no-such-model"})
	_, err := client.Chat(ctx, "Hello", faulty("429=7"))
	fmt.Println("retry after", printError(err).RetryAfter.Milliseconds(), "ms")

	fmt.Println("== cancelled")
	stream := must(client.Stream(ctx, "A long story", faulty("long=500")))
	for stream.Next() && stream.Event().Type != chatabi.Text {
	}
	stream.Close()
	errors.As(stream.Err(), &failure)
	fmt.Println("error", failure.Name)

	fmt.Println("== misspelt")
	_, err = chatabi.New(chatabi.Options{"projct": "my-project"})
	errors.As(err, &failure)
	fmt.Printf("error %s\n%s\n", failure.Name, failure.Message)
}
