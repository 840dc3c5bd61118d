// SPDX-License-Identifier: MIT

// What a wait costs: threads, descriptors, and what happens when there are none.
package hosts

import (
	"context"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	chatabi "github.com/chatabi/chatabi/bindings/go"

	"hosts/go/emulator"
)

func entries(t *testing.T, path string) int {
	list, err := os.ReadDir(path)
	if err != nil {
		t.Skip(err)
	}
	return len(list)
}

// How many descriptors this process may have.
func limit(t *testing.T) (limit syscall.Rlimit) {
	check(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	return limit
}

// Time that this process has used.
func processor(t *testing.T) time.Duration {
	var usage syscall.Rusage
	check(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func TestStreamsThatWaitHoldNoThread(t *testing.T) {
	streams := 400
	if emulator.Long() {
		streams = 1000
	}
	if most := (int(limit(t).Cur) - 100) / 4; streams > most {
		streams = most
	}
	client := server.Client(t, chatabi.Options{"max_in_flight": 0})
	before := entries(t, "/proc/self/fd")
	var all sync.WaitGroup
	var mutex sync.Mutex
	var firsts []int64
	for i := 0; i < streams; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			stream, err := client.Stream(ctx, "x", fault("stall=2"))
			if err != nil {
				t.Error(err)
				return
			}
			for stream.Next() {
				if stream.Event().Type == chatabi.Text {
					mutex.Lock()
					firsts = append(firsts, stream.Info()["first_text_ms"])
					mutex.Unlock()
				}
			}
			stream.Close()
		}()
	}
	emulator.Until(t, "all have begun and wait", func() bool {
		mutex.Lock()
		defer mutex.Unlock()
		return len(firsts) >= streams
	})
	threads, descriptors := entries(t, "/proc/self/task"), entries(t, "/proc/self/fd")
	time.Sleep(200 * time.Millisecond) // all has come that comes
	used := processor(t)
	time.Sleep(500 * time.Millisecond)
	used = processor(t) - used
	client.Close()
	all.Wait()
	sort.Slice(firsts, func(i, j int) bool { return firsts[i] < firsts[j] })
	t.Logf("%d streams: %d threads, %.1f descriptors each, first text %d ms median, %d ms max, half a second of waiting "+
		"costs %v", streams, threads, float64(descriptors-before)/float64(streams), firsts[len(firsts)/2],
		firsts[len(firsts)-1], used)
	if used > 20*time.Millisecond {
		t.Fatalf("streams that wait used the processor for %v", used)
	}
	if threads > 30+2*runtime.GOMAXPROCS(0) {
		t.Fatalf("%d threads for %d streams", threads, streams)
	}
	emulator.Until(t, "descriptors are back", func() bool { return entries(t, "/proc/self/fd") <= before+2 })
}

func TestStreamsThatAreReadToTheirEndNeedNoClose(t *testing.T) {
	client := server.Client(t)
	read(t, begin(t, client, "x"))
	before := entries(t, "/proc/self/fd")
	var streams []*chatabi.Stream
	for i := 0; i < 10; i++ {
		stream, err := client.Stream(ctx, "x")
		check(t, err)
		read(t, stream)
		streams = append(streams, stream)
	}
	if now := entries(t, "/proc/self/fd"); now > before+5 {
		t.Fatalf("%d descriptors, %d before", now, before)
	}
	runtime.KeepAlive(streams)
}

func TestStreamsThatAreDroppedEndWithTheCollector(t *testing.T) {
	kept := server.Client(t)
	held, cancel := context.WithCancel(ctx)
	defer cancel()
	before := server.Settled(t)
	drop := func(client *chatabi.Client, ctx context.Context) {
		stream, err := client.Stream(ctx, "x", fault("stall=3"))
		check(t, err)
		client = nil // lives as long as its streams
		runtime.GC()
		equal(t, "more", stream.Next(), true)
		runtime.GC()
		equal(t, "more", stream.Next(), true)
	}
	for i := 0; i < 3; i++ {
		drop(kept, ctx)
		drop(kept, held)
		own, err := chatabi.New(chatabi.Options{"base_url": server.URL + "/v1", "model": "m", "auth": "none"})
		check(t, err)
		drop(own, ctx)
	}
	emulator.Until(t, "the server sees it", func() bool {
		runtime.GC()
		return server.Stats(t).Disconnected == before+9
	})
	runtime.KeepAlive(kept)
}

func TestStreamComesWhereNoDescriptorIsLeft(t *testing.T) {
	stream := begin(t, server.Client(t), "x", fault("slow_first_byte=300"))
	emulator.Until(t, "it is sent", func() bool { return stream.State() == "waiting" })
	some := limit(t)
	none := some
	none.Cur = 3
	check(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none))
	defer syscall.Setrlimit(syscall.RLIMIT_NOFILE, &some)
	if file, err := os.Open("/dev/null"); err == nil {
		file.Close()
		t.Fatal("there is still a descriptor")
	}
	equal(t, "begins well", strings.HasPrefix(read(t, stream), "[emulator]"), true)
}

// Every event of a fast server comes, also while the connection is held back.
func TestFloodComesWhole(t *testing.T) {
	events := 20000
	if emulator.Long() {
		events = 200000
	}
	flood := chatabi.Options{"headers": map[string]string{"x-emulator-fault": "flood=" + strconv.Itoa(events)}}
	begun := time.Now()
	stream := begin(t, server.Client(t), "x", flood)
	count := 0
	for stream.Next() {
		if stream.Event().Type == chatabi.Text {
			count++
		}
	}
	check(t, stream.Err())
	t.Logf("%.0f events a second", float64(count)/time.Since(begun).Seconds())
	equal(t, "events", count, events)
}
