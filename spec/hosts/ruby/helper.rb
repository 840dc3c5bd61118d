# frozen_string_literal: true

# SPDX-License-Identifier: MIT
# What the tests share: one emulator for a test file, which ends with this process because its standard input does, and
# clients that talk to it. Needs CHATABI_EMULATOR and CHATABI_LIBRARY.
$LOAD_PATH.unshift File.expand_path("../../../bindings/ruby/lib", __dir__)
require "chatabi"
require "json"
require "minitest/autorun"
require "net/http"
require "open3"
require "timeout"

LONG = ENV["CHATABI_LONG"] == "1"
ENV["GCE_METADATA_HOST"] = "127.0.0.1:1"

module Emulator
  JSON_TYPE = { "Content-Type" => "application/json" }.freeze
  @input, output, = Open3.popen2(ENV.fetch("CHATABI_EMULATOR"), "--quiet", "--until-eof", "--pace", "1")
  @place = JSON.parse(output.gets)
  Minitest.after_run { @input.close }

  def self.[](name) = @place.fetch(name)
  def self.stats = JSON.parse(Net::HTTP.get(URI("#{self["url"]}/emulator/stats")))
  def self.journal = JSON.parse(Net::HTTP.get(URI("#{self["url"]}/emulator/journal")))

  def self.configure(values)
    reply = Net::HTTP.post(URI("#{self["url"]}/emulator/config"), JSON.generate(values), JSON_TYPE)
    raise reply.body unless reply.is_a?(Net::HTTPSuccess)
  end
end

class HostTest < Minitest::Test
  STALLED = { headers: { "x-emulator-fault" => "stall=2" } }.freeze # the role, a text, then silence

  def types? = ENV.key?("RBS_TEST_TARGET")
  def fault(text) = { headers: { "x-emulator-fault" => text }, max_retries: 0 }
  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

  def new_client(**options)
    Chatabi::Client.new(base_url: "#{Emulator["url"]}/v1", model: "gpt-4o-mini", auth: ["api_key", Emulator["api_key"]], **options)
  end

  attr_reader :client

  def setup = @client = new_client

  # The next test counts what the server sees.
  def teardown
    client.close
    eventually("the server has nothing to do") { Emulator.stats["active"].zero? }
  end

  # A stream of which all that comes was read.
  def stalled_stream = client.stream("Hello", options: STALLED).tap { |stream| nil until stream.next.text? }

  # Waits for what is done by others, for as long as a busy machine may need.
  def eventually(what, seconds = 20)
    deadline = now + seconds
    sleep 0.01 until (good = yield) || now > deadline
    assert good, "in #{seconds} s: #{what}"
  end

  # The server has seen as many more requests being given up as the block gives up.
  def assert_gives_up(count = 1)
    before = Emulator.stats["disconnected"]
    result = yield
    eventually("the server sees #{count} disconnected") { Emulator.stats["disconnected"] >= before + count }
    assert_equal before + count, Emulator.stats["disconnected"]
    result
  end
end
