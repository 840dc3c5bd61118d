// SPDX-License-Identifier: MIT

package chatabi

/*
#cgo pkg-config: chatabi
#include <chatabi.h>
#ifndef _WIN32
#include <fcntl.h>
#endif

typedef struct event {
  const char *text, *json;
  size_t text_len, json_len;
  int64_t choice;
} event;

// One call of cgo for all of an event; never waits.
static int take_event(chatabi_request *request, event *event) {
  int code = chatabi_request_next(request, 0);
  if (code <= 0 || code == CHATABI_DONE) return code;
  event->text = chatabi_request_text(request, &event->text_len);
  event->json = chatabi_request_json(request, &event->json_len);
  event->choice = chatabi_request_info(request, CHATABI_INFO_CHOICE);
  return code;
}

static void take_info(chatabi_request *request, int64_t *numbers, int count) {
  for (int what = 1; what < count; what++) numbers[what] = chatabi_request_info(request, what);
}

// The descriptor stays the library's: os.File would close it. -1 when there is none left.
static int dup_fd(chatabi_request *request) {
#ifdef _WIN32
  return -1;
#else
  int fd = chatabi_request_fd(request);
  return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
#endif
}
*/
import "C"

import (
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// A handle is one request of the library, and how to wait for it.
//
// The library has a pipe for a request that is readable exactly while the next call of chatabi_request_next would
// return something. A copy of its descriptor is given to Go's poller, which parks the goroutine: chatabi_request_next
// itself would hold a thread for every stream that waits. The poller tells changes only, not states. That is enough,
// because a wait begins only after chatabi_request_next has found nothing, and so has emptied the pipe: what comes
// later is a change. The pipe is never read here.
//
// `reading` is held by the goroutine that reads, also while it waits; `calling` around every call into the library, none
// of which waits. So cancelling and looking never wait for a reader. The finalizer is the Stream's, because the
// goroutine that watches the context holds on to the handle.
type handle struct {
	client  *Client // freeing it would end the request
	reading sync.Mutex
	calling sync.Mutex
	request *C.chatabi_request // nil: freed
	event   C.event
	freed   chan struct{}
	file    *os.File // nil until the first wait
	poll    syscall.RawConn
}

func newHandle(client *Client, request *C.chatabi_request) *handle {
	return &handle{client: client, request: request, freed: make(chan struct{})}
}

// Calls unless the request is freed.
func (h *handle) call(function func()) bool {
	h.calling.Lock()
	defer h.calling.Unlock()
	if h.request == nil {
		return false
	}
	inLibrary(function)
	return true
}

// A thread that waits for a lock of the library, however shortly, makes the runtime start another. So as many are let
// in as can run: with it a thousand streams that begin at once make 8 threads, without it up to 260.
var slots = make(chan struct{}, runtime.GOMAXPROCS(0))

func inLibrary(function func()) {
	slots <- struct{}{}
	function()
	<-slots
}

// Any goroutine, at any time.
func (h *handle) cancel() {
	h.call(func() { C.chatabi_request_cancel(h.request) })
}

func (h *handle) free() {
	h.call(func() {
		C.chatabi_request_free(h.request)
		h.request = nil
		close(h.freed)
	})
	if h.file != nil {
		h.file.Close()
		h.file = nil
	}
}

// Without waiting; 0: nothing there. The text is the library's until the next take.
func (h *handle) take() (code C.int) {
	h.call(func() { code = C.take_event(h.request, &h.event) })
	return code
}

// Waits for an event or the end; `reading` is held.
func (h *handle) next() C.int {
	code := h.take()
	for pause := time.Millisecond; code == 0 && !h.open(); pause = nextPause(pause) {
		time.Sleep(pause)
		code = h.take()
	}
	if code != 0 {
		return code
	}
	err := h.poll.Read(func(uintptr) bool {
		code = h.take()
		return code != 0
	})
	for err != nil && code == 0 { // the poller does not take this descriptor
		time.Sleep(longestPause)
		code = h.take()
	}
	return code
}

// Gives the descriptor to the poller. False where the process has none left, or the platform none at all: then the
// wait is made of short sleeps, and this is tried again.
func (h *handle) open() bool {
	if h.file != nil {
		return true
	}
	fd := C.int(-1)
	h.call(func() { fd = C.dup_fd(h.request) })
	if fd < 0 {
		return false
	}
	h.file = os.NewFile(uintptr(fd), "chatabi")
	poll, err := h.file.SyscallConn()
	h.poll = poll
	return err == nil
}

const longestPause = 10 * time.Millisecond

func nextPause(pause time.Duration) time.Duration {
	if pause *= 2; pause < longestPause {
		return pause
	}
	return longestPause
}

// The event that was taken last, in Go's memory.
func (h *handle) current(code C.int) Event {
	e := &h.event
	return Event{
		Type:   eventType(code),
		Text:   C.GoStringN(e.text, C.int(e.text_len)),
		JSON:   C.GoBytes(unsafe.Pointer(e.json), C.int(e.json_len)),
		Choice: int(e.choice),
	}
}

func (h *handle) info() Info {
	var numbers [len(infoNames)]C.int64_t
	if !h.call(func() { C.take_info(h.request, &numbers[0], C.int(len(numbers))) }) {
		return nil
	}
	info := Info{}
	for what := 1; what < len(numbers); what++ {
		if numbers[what] >= 0 {
			info[infoNames[what]] = int64(numbers[what])
		}
	}
	return info
}

// The answer so far, after the end. For a moment after a cancel the library may be busy with it.
func (h *handle) result() (text []byte) {
	for tries := 0; tries < 10; tries++ {
		var length C.size_t
		var found *C.char
		h.call(func() {
			if found = C.chatabi_request_result(h.request, &length); found != nil {
				text = C.GoBytes(unsafe.Pointer(found), C.int(length))
			}
		})
		if found != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return text
}

func (h *handle) failure(code C.int) (err *Error) {
	h.call(func() { err = newRequestError(code, []byte(C.GoString(C.chatabi_request_error_json(h.request)))) })
	return err
}

func (h *handle) state() (state C.int) {
	h.call(func() { state = C.chatabi_request_state(h.request) })
	return state
}
