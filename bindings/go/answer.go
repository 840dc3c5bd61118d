// SPDX-License-Identifier: MIT

package chatabi

/*
#include <chatabi.h>
*/
import "C"

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Body is a request as OpenAI documents it. Any other value that encoding/json writes as an object does as well.
type Body map[string]any

// Message is one message with OpenAI's field names. What came in an answer can be sent back as it is: unknown fields
// stay, and numbers are of type json.Number, so that large integers stay exact.
type Message map[string]any

// UnmarshalJSON keeps numbers as they are written.
func (m *Message) UnmarshalJSON(text []byte) error { return decode(text, (*map[string]any)(m)) }

// ToolCall is a function that the model wants to have called.
type ToolCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"` // JSON, as the model wrote it
	} `json:"function"`
}

// Usage tells the tokens that the server counted; see Info for numbers that mean the same at every server.
type Usage struct {
	PromptTokens     int64 `json:"prompt_tokens"`
	CompletionTokens int64 `json:"completion_tokens"`
	TotalTokens      int64 `json:"total_tokens"`
}

// Info has numbers about a request by their names in chatabi.h, in lower case and without CHATABI_INFO_: http_status,
// attempts, first_text_ms, total_ms, output_tokens and so on. What is not known is not there.
type Info map[string]int64

var infoNames = [...]string{C.CHATABI_INFO_ID: "id", C.CHATABI_INFO_HTTP_STATUS: "http_status",
	C.CHATABI_INFO_ATTEMPTS: "attempts", C.CHATABI_INFO_RETRY_AFTER_MS: "retry_after_ms",
	C.CHATABI_INFO_FIRST_BYTE_MS: "first_byte_ms", C.CHATABI_INFO_FIRST_TEXT_MS: "first_text_ms",
	C.CHATABI_INFO_TOTAL_MS: "total_ms", C.CHATABI_INFO_PROMPT_TOKENS: "prompt_tokens",
	C.CHATABI_INFO_COMPLETION_TOKENS: "completion_tokens", C.CHATABI_INFO_TOTAL_TOKENS: "total_tokens",
	C.CHATABI_INFO_RETRYABLE: "retryable", C.CHATABI_INFO_CHOICE: "choice", C.CHATABI_INFO_HTTP_VERSION: "http_version",
	C.CHATABI_INFO_BYTES: "bytes", C.CHATABI_INFO_OUTPUT_TOKENS: "output_tokens",
	C.CHATABI_INFO_REASONING_TOKENS: "reasoning_tokens", C.CHATABI_INFO_CACHED_TOKENS: "cached_tokens",
	C.CHATABI_INFO_FINISH: "finish", C.CHATABI_INFO_PLACE: "place"}

var finishNames = [...]string{C.CHATABI_FINISH_NONE: "none", C.CHATABI_FINISH_STOP: "stop",
	C.CHATABI_FINISH_LENGTH: "length", C.CHATABI_FINISH_TOOL_CALLS: "tool_calls",
	C.CHATABI_FINISH_CONTENT_FILTER: "content_filter", C.CHATABI_FINISH_OTHER: "other"}

// Finish tells why the model stopped, the same at every server: "stop", "length", "tool_calls", "content_filter",
// "other", or "none" when the server did not say.
func (i Info) Finish() string {
	if number := i["finish"]; number > 0 && number < int64(len(finishNames)) {
		return finishNames[number]
	}
	return finishNames[0]
}

// Answer is one chat completion. All but JSON and Info is of its first choice.
type Answer struct {
	Text         string
	Reasoning    string // of the model, where the server shows it
	Refusal      string
	Message      Message // can be sent back as it is
	ToolCalls    []ToolCall
	FinishReason string // the server's word; Info.Finish is the same at every server
	Usage        Usage
	Info         Info
	JSON         json.RawMessage // the whole chat.completion
}

func (a *Answer) String() string { return a.Text }

// Decode reads the answer's text, which is JSON where the body asked for it (response_format), as json.Unmarshal does.
func (a *Answer) Decode(value any) error { return json.Unmarshal([]byte(a.Text), value) }

// Data is the whole chat.completion as maps and lists; numbers are of type json.Number.
func (a *Answer) Data() (data map[string]any) {
	_ = decode(a.JSON, &data)
	return data
}

// Of a completion, what nearly everyone wants. Some servers give content as a list of parts.
type completion struct {
	Choices []struct {
		Message      Message `json:"message"`
		Text         string  `json:"text"`
		FinishReason string  `json:"finish_reason"`
	} `json:"choices"`
	Usage Usage `json:"usage"`
}

type typedMessage struct {
	Content          json.RawMessage `json:"content"`
	ReasoningContent string          `json:"reasoning_content"`
	Reasoning        string          `json:"reasoning"`
	Refusal          string          `json:"refusal"`
	ToolCalls        []ToolCall      `json:"tool_calls"`
}

// A field of another type than expected is left out; JSON has it.
func newAnswer(text []byte, info Info) *Answer {
	answer := &Answer{JSON: text, Info: info}
	var whole completion
	_ = json.Unmarshal(text, &whole)
	answer.Usage = whole.Usage
	if len(whole.Choices) == 0 {
		return answer
	}
	choice := whole.Choices[0]
	var message typedMessage
	if again, err := encode(choice.Message); err == nil {
		_ = json.Unmarshal(again, &message)
	}
	answer.Message, answer.FinishReason = choice.Message, choice.FinishReason
	answer.Refusal, answer.ToolCalls = message.Refusal, message.ToolCalls
	answer.Text, answer.Reasoning = texts(message.Content)
	answer.Text += choice.Text
	answer.Reasoning += message.ReasoningContent
	if answer.Reasoning == "" {
		answer.Reasoning = message.Reasoning
	}
	return answer
}

// The text and the thoughts of a content. Google marks a part as thought, Mistral has parts of that type.
func texts(content json.RawMessage) (text, thoughts string) {
	if json.Unmarshal(content, &text) == nil {
		return text, ""
	}
	var parts []struct {
		Type         string          `json:"type"`
		Text         string          `json:"text"`
		Thinking     json.RawMessage `json:"thinking"`
		ExtraContent struct {
			Google struct {
				Thought bool `json:"thought"`
			} `json:"google"`
		} `json:"extra_content"`
	}
	_ = json.Unmarshal(content, &parts)
	for _, part := range parts {
		if part.Type == "thinking" || part.ExtraContent.Google.Thought {
			inner, _ := texts(part.Thinking)
			thoughts += part.Text + inner
		} else {
			text += part.Text
		}
	}
	return text, thoughts
}

// ---- JSON ----

func encode(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimRight(text.Bytes(), "\n"), err
}

func decode(text []byte, value any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(value)
}

// The body that is sent for what the user gave.
func bodyText(given any, streamed bool) ([]byte, error) {
	switch value := given.(type) {
	case nil:
		return nil, nil
	case Message:
		given = []Message{value}
	case []byte:
		given = json.RawMessage(value)
	}
	text, err := encode(given)
	if err != nil {
		bad := newError(C.CHATABI_E_JSON, "The body cannot be written as JSON: "+strings.TrimPrefix(err.Error(), "json: "))
		bad.cause = err
		return nil, bad
	}
	switch text[0] {
	case '"':
		text = []byte(fmt.Sprintf(`{"messages":[{"role":"user","content":%s}]}`, text))
	case '[':
		text = []byte(fmt.Sprintf(`{"messages":%s}`, text))
	}
	if !streamed || text[0] != '{' {
		return text, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, err
	}
	members["stream"] = json.RawMessage("true")
	return encode(members)
}
