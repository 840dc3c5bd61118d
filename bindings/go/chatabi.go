// SPDX-License-Identifier: MIT

// Package chatabi sends OpenAI-style chat completions to Gemini and other models on Google's Vertex AI, to OpenAI and
// to compatible servers, and reads the answers piece by piece. Google credentials are found, exchanged and renewed
// inside the client. It is chatabi's C library, called by cgo.
//
//	client, err := chatabi.New(chatabi.Options{"project": "my-project", "model": "google/gemini-2.5-flash"})
//	answer, err := client.Chat(ctx, "Why is the sky blue?")
//	fmt.Println(answer.Text)
//
// Any goroutine may call anything at any time. A wait holds no thread of the operating system: it is the runtime's
// poller that waits, as for a socket. When a call's context ends, the call ends at once and the connection is closed.
package chatabi

/*
#include <chatabi.h>
#include <stdlib.h>
*/
import "C"

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
	"unsafe"
)

const abiVersion = 1

// Options are the options of a client by their names in core/OPTIONS.md, and "auth": a source such as "adc", or a
// source and its value as in []string{"file", path}; or else the options of one request: path, method, headers,
// connect_timeout_ms, first_byte_timeout_ms, idle_timeout_ms, total_timeout_ms, max_retries.
//
// A time may be a time.Duration, and what is JSON in the library any value that encoding/json writes.
type Options map[string]any

// Client holds configuration, credentials and connections. One is enough for a program.
type Client struct {
	life   sync.RWMutex // read-held while `client` is in use, held to free it
	one    sync.Mutex   // around what the library allows to one thread at a time
	client *C.chatabi_client
}

// Version tells the versions of the library, libcurl and the TLS library in use, on one line.
func Version() string { return C.GoString(C.chatabi_version()) }

// New makes a client. It does nothing yet: files are read, and the network is used, by the first request. The error
// names the option that is unknown or has a value that cannot be used.
func New(options Options) (*Client, error) {
	if abi := uint(C.chatabi_abi_version()); abi != abiVersion {
		return nil, newError(C.CHATABI_E_UNSUPPORTED, fmt.Sprintf("This package is for version %d of chatabi's ABI, "+
			"and the library that was loaded (%s) has version %d.", abiVersion, Version(), abi))
	}
	c := &Client{client: C.chatabi_client_new()}
	if c.client == nil {
		return nil, newError(C.CHATABI_E_NOMEM, "")
	}
	runtime.SetFinalizer(c, (*Client).Close)
	if err := c.configure(options); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Client) configure(options Options) error {
	names := make([]string, 0, len(options))
	for name, value := range options {
		if value != nil && name != "auth" {
			names = append(names, name)
		}
	}
	sort.Strings(names) // of several wrong ones always the same is told
	for _, name := range names {
		if err := c.setOption(name, options[name]); err != nil {
			return err
		}
	}
	if options["auth"] == nil {
		return nil
	}
	pair, err := authPair(options["auth"])
	if err != nil {
		return err
	}
	return c.SetAuth(pair[0], pair[1])
}

func (c *Client) setOption(name string, value any) error {
	text, err := optionText(name, value)
	if err != nil {
		return err
	}
	return c.set(name, text, true, func(name, text *C.char) C.int { return C.chatabi_client_set(c.client, name, text) })
}

// Calls with two C texts, the second NULL unless `given`, and makes an error of the outcome.
func (c *Client) set(name, value string, given bool, call func(name, value *C.char) C.int) error {
	if strings.IndexByte(name+value, 0) >= 0 {
		return newError(C.CHATABI_E_CONFIG, fmt.Sprintf("Option %q has a NUL byte in its name or value.", name))
	}
	first, second := C.CString(name), (*C.char)(nil)
	defer C.free(unsafe.Pointer(first))
	if given {
		second = C.CString(value)
		defer C.free(unsafe.Pointer(second))
	}
	return c.use(func() error { return c.outcome(call(first, second)) })
}

func (c *Client) outcome(code C.int) error {
	if code == 0 {
		return nil
	}
	return newError(code, C.GoString(C.chatabi_client_message(c.client)))
}

// Calls with the handle safe from being freed, and by one goroutine at a time.
func (c *Client) use(call func() error) error {
	c.life.RLock()
	defer c.life.RUnlock()
	c.one.Lock()
	defer c.one.Unlock()
	if c.client == nil {
		return newError(C.CHATABI_E_CLOSED, "")
	}
	return call()
}

// Chat asks, and waits for the whole answer. The body is what the user says (a string), a Message, a list of messages,
// or all of a request as OpenAI documents it: a map, a struct, or JSON as json.RawMessage.
//
// An error is an *Error; what had come of the answer is its field Partial.
func (c *Client) Chat(ctx context.Context, body any, options ...Options) (*Answer, error) {
	stream, err := c.send(ctx, body, false, options)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	return stream.Result()
}

// Stream asks as Chat does, and returns at once; the answer is read piece by piece. The context is that of the whole
// stream.
func (c *Client) Stream(ctx context.Context, body any, options ...Options) (*Stream, error) {
	return c.send(ctx, body, true, options)
}

// Request asks for anything else that the server has, such as ("POST", "/embeddings", body) or ("GET", "/models", nil),
// and returns its JSON.
func (c *Client) Request(ctx context.Context, method, path string, body any, options ...Options) (json.RawMessage, error) {
	where := Options{"method": method, "path": path}
	stream, err := c.send(ctx, body, false, append([]Options{where}, options...))
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	for stream.Next() {
	}
	if err := stream.Err(); err != nil {
		return nil, err
	}
	return stream.end.json, nil
}

func (c *Client) send(ctx context.Context, body any, streamed bool, options []Options) (*Stream, error) {
	if ctx == nil {
		panic("chatabi: nil context")
	}
	if ctx.Err() != nil {
		return nil, cancelled(ctx)
	}
	text, err := bodyText(body, streamed)
	if err != nil {
		return nil, err
	}
	wire, err := requestOptions(options)
	if err != nil {
		return nil, err
	}
	request, err := c.sendText(text, wire)
	if err != nil {
		return nil, err
	}
	return newStream(ctx, newHandle(c, request)), nil
}

func (c *Client) sendText(text, wire []byte) (*C.chatabi_request, error) {
	c.life.RLock()
	defer c.life.RUnlock()
	if c.client == nil {
		return nil, newError(C.CHATABI_E_CLOSED, "")
	}
	var body, options *C.char
	if len(text) > 0 {
		body = (*C.char)(unsafe.Pointer(&text[0])) // copied by the library
	}
	if wire != nil {
		options = C.CString(string(wire))
		defer C.free(unsafe.Pointer(options))
	}
	var request *C.chatabi_request
	inLibrary(func() { request = C.chatabi_client_send(c.client, body, C.size_t(len(text)), options) })
	if request == nil {
		return nil, newError(C.CHATABI_E_NOMEM, "")
	}
	return request, nil
}

// SetAuth sets where credentials come from, before the first request; value is "" for sources that need none.
func (c *Client) SetAuth(source, value string) error {
	return c.set(source, value, value != "", func(source, value *C.char) C.int {
		return C.chatabi_client_set_auth(c.client, source, value)
	})
}

// SetToken replaces the access token of a client whose auth is a token, at any time: the next attempt of any request
// uses it.
func (c *Client) SetToken(token string) error { return c.SetAuth("token", token) }

// Start warms up: certificates, a credential and a connection are made ready in the background.
func (c *Client) Start() error {
	return c.use(func() error { return c.outcome(C.chatabi_client_start(c.client)) })
}

// Status tells what the client is configured for and has found out: credential, project, endpoint, counters. It has
// no secrets.
func (c *Client) Status() (status map[string]any, err error) {
	err = c.use(func() error {
		text := C.chatabi_client_status(c.client)
		if text == nil {
			return newError(C.CHATABI_E_NOMEM, "")
		}
		return decode([]byte(C.GoString(text)), &status)
	})
	return status, err
}

// Log takes the lines of the client's log since the last call; option log_level chooses which are made.
func (c *Client) Log() (lines []string) {
	_ = c.use(func() error {
		for line := C.chatabi_client_log(c.client); line != nil; line = C.chatabi_client_log(c.client) {
			lines = append(lines, C.GoString(line))
		}
		return nil
	})
	return lines
}

// Stop cancels every request and waits until connections have ended in good order, or until the context ends; they then
// go on ending by themselves. Every wait on the client's streams ends with the error CLOSED.
func (c *Client) Stop(ctx context.Context) error {
	for {
		code := C.int(0)
		// Short waits: this is the one call that blocks a thread.
		err := c.use(func() error { code = C.chatabi_client_stop(c.client, 20); return nil })
		if err != nil || code == 0 {
			return err
		}
		if code != C.CHATABI_E_TIMEOUT || ctx.Err() != nil {
			err := newError(code, "")
			err.cause = ctx.Err()
			return err
		}
	}
}

// Close releases the client without waiting. Streams that are under way end with the error CLOSED. Further calls do
// nothing.
func (c *Client) Close() error {
	c.life.Lock()
	defer c.life.Unlock()
	C.chatabi_client_free(c.client)
	c.client = nil
	return nil
}

// ---- options ----

func authPair(value any) (pair [2]string, err error) {
	parts := []string{""}
	text, err := encode(value)
	if err == nil && len(text) > 0 && text[0] == '"' {
		err = json.Unmarshal(text, &parts[0])
	} else if err == nil {
		err = json.Unmarshal(text, &parts)
	}
	if err != nil || len(parts) < 1 || len(parts) > 2 {
		return pair, newError(C.CHATABI_E_CONFIG, `Option "auth" is a source, or a source and its value: "gcloud", `+
			`[]string{"file", path}.`)
	}
	copy(pair[:], parts)
	return pair, nil
}

// Away from zero, which has a meaning of its own: what is left of a deadline must not become "no limit".
func milliseconds(value any) any {
	duration, is := value.(time.Duration)
	if !is {
		return value
	}
	whole := duration.Milliseconds()
	switch rest := duration % time.Millisecond; {
	case rest > 0:
		whole++
	case rest < 0:
		whole--
	}
	return whole
}

func optionText(name string, value any) (string, error) {
	value = milliseconds(value)
	if raw, is := value.([]byte); is {
		return string(raw), nil
	}
	switch of := reflect.ValueOf(value); of.Kind() {
	case reflect.String:
		return of.String(), nil
	case reflect.Bool:
		return map[bool]string{true: "yes", false: "no"}[of.Bool()], nil
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(of.Float(), 'f', -1, 64), nil
	}
	text, err := encode(value)
	if err != nil {
		return "", newError(C.CHATABI_E_CONFIG, fmt.Sprintf("Option %q: %v", name, err))
	}
	return string(text), nil
}

// JSON of the options of one request, of which later ones win; nil for none.
func requestOptions(given []Options) ([]byte, error) {
	all := map[string]any{}
	for _, options := range given {
		for name, value := range options {
			if value != nil {
				all[name] = milliseconds(value)
			}
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	text, err := encode(all)
	if err != nil {
		return nil, newError(C.CHATABI_E_CONFIG, fmt.Sprintf("The request's options: %v", err))
	}
	return text, nil
}
