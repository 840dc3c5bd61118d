// SPDX-License-Identifier: MIT

package chatabi

/*
#include <chatabi.h>
*/
import "C"

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Error is every error of this package. When a context ended the call, errors.Is tells context.Canceled or
// context.DeadlineExceeded.
type Error struct {
	Name         string         // "RATE_LIMIT", as in chatabi.h without CHATABI_E_
	Code         int            // -34
	Message      string         // what went wrong and what to do about it
	HTTPStatus   int            // of the last response; 0: there was none
	ProviderCode string         // the server's own code
	Param        string         // what the server says is wrong in the body
	Retryable    bool           // sending again may help
	RetryAfter   time.Duration  // what the server asked to wait; 0: it did not
	RequestID    string         // the server's id of the request
	Hint         string         // what to do, alone
	Details      map[string]any // all that is known, as chatabi_request_error_json has it
	Partial      *Answer        // what had come of the answer; nil: nothing

	cause error
}

func (e *Error) Error() string { return "chatabi: " + e.Name + ": " + e.Message }

// Unwrap returns the context's error where it was a context, or Stream.Close, that ended the call.
func (e *Error) Unwrap() error { return e.cause }

// Timeout makes an Error one that os.IsTimeout knows, and with Temporary a net.Error.
func (e *Error) Timeout() bool {
	return e.Code == C.CHATABI_E_TIMEOUT || errors.Is(e.cause, context.DeadlineExceeded)
}

// Temporary is Retryable, for code that looks for a net.Error.
func (e *Error) Temporary() bool { return e.Retryable }

func newError(code C.int, message string) *Error {
	if message == "" {
		message = C.GoString(C.chatabi_error_text(code))
	}
	return &Error{Name: C.GoString(C.chatabi_error_name(code)), Code: int(code), Message: message}
}

// The error of a context that ended, or of a request that was cancelled without one.
func cancelled(ctx context.Context) *Error {
	err := newError(C.CHATABI_E_CANCELLED, "")
	err.setCause(ctx)
	return err
}

func (e *Error) setCause(ctx context.Context) {
	e.cause = context.Canceled
	if err := ctx.Err(); err != nil {
		e.cause = err
		e.Message += " (" + err.Error() + ")"
	}
}

// The error of a request: what the library says of it, as JSON.
func newRequestError(code C.int, text []byte) *Error {
	e := newError(code, "")
	fields := struct {
		Message      *string `json:"message"`
		ProviderCode *string `json:"provider_code"`
		Param        *string `json:"param"`
		Retryable    *bool   `json:"retryable"`
		RetryAfterMS int64   `json:"retry_after_ms"`
		RequestID    *string `json:"request_id"`
		Hint         *string `json:"hint"`
	}{&e.Message, &e.ProviderCode, &e.Param, &e.Retryable, 0, &e.RequestID, &e.Hint}
	if json.Unmarshal(text, &fields) == nil {
		e.RetryAfter = time.Duration(fields.RetryAfterMS) * time.Millisecond
	}
	_ = decode(text, &e.Details)
	return e
}
