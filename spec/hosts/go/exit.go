// SPDX-License-Identifier: MIT

//go:build ignore

// A program that ends while the I/O thread is at work: in the handshake, in a stream, in the renewal of a token. Odd
// delays end it by os.Exit, even ones by the return from main.
package main

import (
	"context"
	"log"
	"os"
	"strconv"
	"time"

	chatabi "github.com/chatabi/chatabi/bindings/go"
)

func main() {
	delay, err := strconv.Atoi(os.Getenv("CHATABI_NET_DELAY_MS"))
	must(err)
	scenario := os.Args[1]
	path := map[string]string{"handshake": "/60/10", "stream": "/1000000/0", "refresh": ""}[scenario]
	options := chatabi.Options{"base_url": os.Getenv("CHATABI_NET_URL") + path, "ca_file": os.Getenv("CHATABI_NET_CA"),
		"model": "net", "auth": "none"}
	if scenario == "refresh" {
		options["provider"] = "vertex"
		options["auth_allow_hosts"] = "127.0.0.1"
		options["auth"] = []string{"file", os.Getenv("CHATABI_NET_CREDENTIAL")}
	}
	client, err := chatabi.New(options)
	must(err)
	stream, err := client.Stream(context.Background(), "x")
	must(err)
	if scenario == "stream" {
		stream.Next()
		must(stream.Err())
	} else {
		go stream.Next() // waits in the poller when the end comes
	}
	time.Sleep(time.Duration(delay) * time.Millisecond)
	if delay%2 == 1 {
		os.Exit(0)
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
