// SPDX-License-Identifier: MIT

package chatabi

/*
#include <chatabi.h>
#include <stdlib.h>
*/
import "C"

import (
	"context"
	"encoding/json"
	"io"
	"runtime"
	"sync"
	"unsafe"
)

// EventType says what an event is.
type EventType string

// The types of events.
const (
	Text      EventType = "text"      // text of the answer
	Reasoning EventType = "reasoning" // text of the model's reasoning
	Refusal   EventType = "refusal"   // text of a refusal, which comes in the answer's place
	Tool      EventType = "tool"      // one tool call, whole
	Other     EventType = "other"     // a chunk with none of these
)

func eventType(code C.int) EventType {
	switch code {
	case C.CHATABI_TEXT:
		return Text
	case C.CHATABI_REASONING:
		return Reasoning
	case C.CHATABI_REFUSAL:
		return Refusal
	case C.CHATABI_TOOL:
		return Tool
	}
	return Other
}

// Event is one piece of an answer.
type Event struct {
	Type   EventType
	Text   string          // of text, reasoning and refusal the piece, of a tool call the function's name
	JSON   json.RawMessage // the chunk as the server sent it; for a tool call the call; empty for a chunk's second event
	Choice int             // which choice it belongs to, where the body asks for several
}

// ToolCall reads an event of type Tool.
func (e Event) ToolCall() (call ToolCall, err error) {
	return call, json.Unmarshal(e.JSON, &call)
}

// How a request ended.
type end struct {
	err  *Error // nil: the answer is complete
	json json.RawMessage
	info Info
}

// Stream is an answer that is read while it comes. It is read by Next, as a bufio.Scanner is, by All in a range (since
// Go 1.23), or as its text alone by io.Copy. Goroutines that read the same stream take turns.
//
// Reading to the end releases everything; a stream that is left before it has to be closed.
type Stream struct {
	handle *handle
	ctx    context.Context

	mutex sync.Mutex // of what follows
	event Event
	end   *end // nil while it runs
	rest  string
}

func newStream(ctx context.Context, handle *handle) *Stream {
	s := &Stream{handle: handle, ctx: ctx}
	runtime.SetFinalizer(s, func(s *Stream) { s.handle.free() })
	if ctx.Done() != nil {
		go watch(ctx, handle)
	}
	return s
}

func watch(ctx context.Context, handle *handle) {
	select {
	case <-ctx.Done():
		handle.cancel()
	case <-handle.freed:
	}
}

// Next waits for the next event, and tells whether there was one: false at the end, complete or not, see Err.
func (s *Stream) Next() bool {
	_, more := s.take()
	return more
}

// Event is the one that Next read last.
func (s *Stream) Event() Event {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.event
}

// Err tells why the stream ended before the answer was complete; it is an *Error. Nil after a complete answer, and as
// long as Next has not returned false.
func (s *Stream) Err() error {
	if end := s.ended(); end != nil && end.err != nil {
		return end.err
	}
	return nil
}

// Result reads to the end, if it was not read yet, and returns the whole answer, or the error that ended it.
func (s *Stream) Result() (*Answer, error) {
	for s.Next() {
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	return newAnswer(s.end.json, s.end.info), nil
}

// All reads the stream in a range, and closes it where the range is left:
//
//	for event, err := range stream.All { ... }
//
// The last pair has the error of an answer that broke off.
func (s *Stream) All(yield func(Event, error) bool) {
	defer s.Close()
	for {
		event, more := s.take()
		if !more {
			break
		}
		if !yield(event, nil) {
			return
		}
	}
	if err := s.Err(); err != nil {
		yield(Event{}, err)
	}
}

// WriteTo writes the answer's text as it comes. A writer with a method Flush, such as an http.ResponseWriter, is flushed
// after each piece.
func (s *Stream) WriteTo(to io.Writer) (written int64, err error) {
	flusher, flushes := to.(interface{ Flush() })
	for text, more := s.text(), true; more; text, more = s.nextText() {
		if text == "" {
			continue
		}
		n, err := io.WriteString(to, text)
		written += int64(n)
		if err != nil {
			return written, err
		}
		if flushes {
			flusher.Flush()
		}
	}
	return written, s.Err()
}

// Read reads the answer's text.
func (s *Stream) Read(into []byte) (int, error) {
	text := s.text()
	for more := true; text == "" && len(into) > 0; {
		if text, more = s.nextText(); !more {
			break
		}
	}
	if text == "" && len(into) > 0 {
		if err := s.Err(); err != nil {
			return 0, err
		}
		return 0, io.EOF
	}
	n := copy(into, text)
	s.mutex.Lock()
	s.rest = text[n:] + s.rest
	s.mutex.Unlock()
	return n, nil
}

// Takes what Read has left.
func (s *Stream) text() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	text := s.rest
	s.rest = ""
	return text
}

// The text of the next event, if it has one.
func (s *Stream) nextText() (text string, more bool) {
	event, more := s.take()
	if event.Type == Text {
		text = event.Text
	}
	return text, more
}

// Close ends the request, if it still runs: the connection is closed, and whoever waits for the stream gets the error
// CANCELLED. Further calls do nothing.
func (s *Stream) Close() error {
	s.handle.cancel()
	for s.Next() {
	}
	return nil
}

// Info tells numbers about the request as they are now.
func (s *Stream) Info() Info {
	defer runtime.KeepAlive(s)
	if info := s.handle.info(); info != nil {
		return info
	}
	if end := s.ended(); end != nil {
		return end.info
	}
	return Info{}
}

var stateNames = map[C.int]string{C.CHATABI_STATE_QUEUED: "queued", C.CHATABI_STATE_AUTH: "auth",
	C.CHATABI_STATE_CONNECTING: "connecting", C.CHATABI_STATE_WAITING: "waiting",
	C.CHATABI_STATE_STREAMING: "streaming", C.CHATABI_STATE_RETRYING: "retrying", C.CHATABI_STATE_DONE: "done",
	C.CHATABI_STATE_FAILED: "failed"}

// State tells where the request is: queued, auth, connecting, waiting, streaming, retrying, done or failed.
func (s *Stream) State() string {
	defer runtime.KeepAlive(s)
	if state := stateNames[s.handle.state()]; state != "" {
		return state
	}
	if s.Err() != nil {
		return "failed"
	}
	return "done"
}

// Header returns a header of the response, from the first event on until the end was read; "" where there is none.
func (s *Stream) Header(name string) (value string) {
	defer runtime.KeepAlive(s)
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	s.handle.call(func() { value = C.GoString(C.chatabi_request_header(s.handle.request, text)) })
	return value
}

func (s *Stream) ended() *end {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.end
}

// Waits for the next event. At the end all that is known of the request is kept, and the request is freed.
func (s *Stream) take() (event Event, more bool) {
	defer runtime.KeepAlive(s) // the finalizer frees what is waited for
	h := s.handle
	h.reading.Lock()
	defer h.reading.Unlock()
	if s.ended() != nil {
		return event, false
	}
	var at *end
	code := h.next()
	if more = code > 0 && code != C.CHATABI_DONE; more {
		event = h.current(code)
	} else {
		at = s.finish(code)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.event, s.end = event, at
	return event, more
}

func (s *Stream) finish(code C.int) *end {
	h := s.handle
	at := &end{json: h.result(), info: h.info()}
	if code < 0 {
		at.err = h.failure(code)
		at.err.HTTPStatus = int(at.info["http_status"])
		if code == C.CHATABI_E_CANCELLED {
			at.err.setCause(s.ctx)
		}
		if len(at.json) > 0 {
			at.err.Partial = newAnswer(at.json, at.info)
		}
	}
	h.free()
	return at
}
