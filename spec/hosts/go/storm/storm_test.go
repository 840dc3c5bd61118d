// SPDX-License-Identifier: MIT

// Many goroutines that do to each other's streams and clients what they like, under the race detector. Imports little:
// all of it is compiled anew for the detector.
package storm

import (
	"context"
	"errors"
	"io"
	"math/rand"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	chatabi "github.com/chatabi/chatabi/bindings/go"

	"hosts/go/emulator"
)

const goroutines = 64

var server *emulator.Emulator

func TestMain(m *testing.M) { os.Exit(emulator.Run(m, &server)) }

// What may end a request in a storm.
func isExpected(err error) bool {
	var failure *chatabi.Error
	return err == nil || errors.As(err, &failure) && (failure.Name == "CANCELLED" || failure.Name == "CLOSED")
}

// One round: a client, and 64 goroutines with a stream each, which others may close at any moment.
func storm(t *testing.T, seed int64) {
	client := server.Client(t, chatabi.Options{"max_in_flight": 0, "log_level": "debug"})
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	var all sync.WaitGroup
	shared := make(chan *chatabi.Stream, goroutines)
	for i := 0; i < goroutines; i++ {
		all.Add(1)
		random := rand.New(rand.NewSource(seed + int64(i)))
		go func() {
			defer all.Done()
			if err := live(ctx, client, random, shared); !isExpected(err) {
				t.Error(err)
			}
		}()
	}
	if seed%2 == 0 {
		time.Sleep(time.Duration(seed%7) * 20 * time.Millisecond)
		client.Close()
	}
	all.Wait()
}

func live(ctx context.Context, client *chatabi.Client, random *rand.Rand, shared chan *chatabi.Stream) error {
	pause := func() { time.Sleep(time.Duration(random.Intn(5000)) * time.Microsecond) }
	own, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := client.Stream(own, "Tell me a story", emulator.Fault("pace="+string(rune('0'+random.Intn(4)))))
	if err != nil {
		return err
	}
	select {
	case shared <- stream:
	default:
	}
	if random.Intn(4) == 0 {
		time.AfterFunc(time.Duration(random.Intn(50000))*time.Microsecond, cancel)
	}
	for i := 0; i < 30; i++ {
		pause()
		if err := one(random.Intn(12), client, stream, shared); err != nil {
			return err
		}
	}
	if random.Intn(8) == 0 {
		return nil // dropped
	}
	return stream.Close()
}

// One thing that somebody may do.
func one(what int, client *chatabi.Client, stream *chatabi.Stream, shared chan *chatabi.Stream) error {
	switch what {
	case 0: // with somebody else's
		select {
		case other := <-shared:
			return other.Close()
		default:
		}
	case 1:
		select {
		case other := <-shared:
			other.Next()
			shared <- other
		default:
		}
	case 2:
		stream.Info()
		stream.State()
		stream.Header("date")
	case 3:
		client.Log()
	case 4:
		if _, err := client.Status(); !isExpected(err) {
			return err
		}
	case 5:
		read := make([]byte, 7)
		if _, err := stream.Read(read); err != io.EOF {
			return err
		}
	case 6:
		stream.All(func(chatabi.Event, error) bool { return what%2 == 0 && len(shared)%3 != 0 })
	default:
		if stream.Next() && stream.Event().Type == "" {
			select {
			case shared <- stream: // somebody else came between
			default:
			}
		}
	}
	return stream.Err()
}

func TestStormLeavesNothingBehind(t *testing.T) {
	lasts := 3 * time.Second
	if emulator.Long() {
		lasts = time.Minute
	}
	seed := time.Now().UnixNano() % 1000000
	t.Logf("seed %d", seed)
	storm(t, seed)
	runtime.GC()
	running, descriptors, rounds := runtime.NumGoroutine(), open(t), int64(1)
	for end := time.Now().Add(lasts); time.Now().Before(end) && !t.Failed(); rounds++ {
		storm(t, seed+rounds)
	}
	t.Logf("%d rounds of %d goroutines", rounds, goroutines)
	emulator.Until(t, "dropped streams are collected", func() bool {
		runtime.GC()
		return runtime.NumGoroutine() <= running+2 && open(t) <= descriptors+10
	})
}

// Descriptors of this process.
func open(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(list)
}
