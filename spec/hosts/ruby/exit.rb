# frozen_string_literal: true

# SPDX-License-Identifier: MIT
# A program that ends in the middle of a request and closes nothing: exit.rb handshake|stream|refresh, run by nets_runs.
$LOAD_PATH.unshift File.expand_path("../../../bindings/ruby/lib", __dir__)
require "chatabi"

def client(path, **options)
  place = { base_url: ENV.fetch("CHATABI_NET_URL") + path, ca_file: ENV.fetch("CHATABI_NET_CA") }
  Chatabi::Client.new(**place, model: "net", auth: "none", **options)
end

case ARGV.fetch(0)
when "refresh"
  kept = client("", provider: "vertex", auth_allow_hosts: "127.0.0.1", auth: ["file", ENV.fetch("CHATABI_NET_CREDENTIAL")]).stream("x")
when "stream"
  kept = client("/1000000/0").stream("x")
  nil until kept.next.text?
else
  kept = client("/60/10").stream("x")
end
sleep ENV.fetch("CHATABI_NET_DELAY_MS").to_i / 1000.0
abort "the request failed before the program ended" if kept.state == :failed
