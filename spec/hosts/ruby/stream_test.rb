# frozen_string_literal: true

# SPDX-License-Identifier: MIT
# Streams as Ruby's collections, and their five ends.
require_relative "helper"

class StreamTest < HostTest
  def test_a_block_gets_every_chunk_and_the_call_returns_the_answer
    texts = []
    answer = client.stream("Hello") { |chunk| texts << chunk.to_s }
    assert_equal answer.text, texts.join
    assert_operator texts.size, :>, 5
    assert(texts.all? { |text| text.encoding == Encoding::UTF_8 && text.frozen? && text.valid_encoding? })
    assert_equal client.chat("Hello").text, answer.text
    assert_equal :stop, answer.info[:finish]
  end

  def test_a_stream_is_enumerable
    skip "whoever checks the types of an Enumerator reads it" if types?
    stream = client.stream("Hello")
    assert_kind_of Enumerable, stream
    chunks = stream.to_a
    assert_equal stream.result.text, chunks.select(&:text?).map(&:text).join
    assert_predicate stream, :closed?
    assert_empty stream.to_a # it was read
    assert_equal stream.result.text, client.stream("Hello").each_text.to_a.join
    enumerator = client.stream("Hello").each
    assert_same enumerator.peek, enumerator.next
    more = 0
    loop { more += 1 if enumerator.next }
    assert_equal chunks.size - 1, more
  end

  def test_leaving_early_ends_the_request
    slow = fault("pace=20,long=500")
    assert_gives_up(5) do
      assert_equal 3, client.stream("Hello", options: slow).lazy.select(&:text?).first(3).size
      assert_predicate client.stream("Hello", options: slow).first, :other? # the role
      assert_equal :out, client.stream("Hello", options: slow) { break :out }
      assert_raises(KeyError) { client.stream("Hello", options: slow).each { raise KeyError } }
      catch(:done) { client.stream("Hello", options: slow).each_text { throw :done } }
    end
    stream = client.stream("Hello", options: slow)
    stream.first(3)
    error = assert_raises(Chatabi::CancelledError) { stream.result }
    assert_match(/\A\[emulator\]/, error.partial.text)
    assert_raises(Chatabi::CancelledError) { stream.first }
  end

  def test_types_of_chunks
    tool = { type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } }
    chunks = client.stream("Look", tools: [tool]).to_a
    call = chunks.find(&:tool?)
    assert_equal ["look", "", "look"], [call.text, call.to_s, call.json.dig("function", "name")]
    assert_equal JSON.parse(call.raw), call.json
    assert_includes chunks.map(&:type), :other
    reasoning = client.stream("Think", model: "dialect:deepseek").to_a
    assert_predicate reasoning.find(&:reasoning?).text.size, :positive?
    assert_equal "", reasoning.find(&:reasoning?).to_s
    refusal = client.stream("refuse").to_a.find(&:refusal?)
    assert_predicate refusal.text.size, :positive?
    assert_equal [0, 1], client.stream("Hello", n: 2).map(&:choice).uniq.sort
  end

  def test_a_cut_stream_raises_with_what_had_come
    seen = +""
    error = assert_raises(Chatabi::ConnectionError) { client.stream("Hello", options: fault("cut=4")) { |chunk| seen << chunk.to_s } }
    assert_equal ["DISCONNECT", true, 200], [error.name, error.retryable?, error.partial.info[:http_status]]
    assert_equal [seen, nil], [error.partial.text, error.partial.finish_reason]
    assert_operator seen.size, :>, 10
    stream = client.stream("Hello", options: fault("cut=4"))
    again = Array.new(2) { assert_raises(Chatabi::Error) { stream.result } }
    assert_same(*again)
    assert_equal :failed, stream.state
  end

  def test_next_and_its_timeout
    stream = client.stream("Hello", options: STALLED)
    assert_instance_of Chatabi::Chunk, stream.next(timeout: 20)
    assert_predicate stream.next(timeout: Float::INFINITY), :text?
    began = now
    assert_equal false, stream.next(timeout: 0)
    assert_equal false, stream.next(timeout: 0.05)
    assert_operator now - began, :>=, 0.05
    assert_equal :streaming, stream.state
    stream.close
    assert_raises(Chatabi::CancelledError) { stream.next }
    whole = client.stream("Hello")
    nil while whole.next
    assert_nil whole.next
    assert_equal :done, whole.state
  end

  def test_headers_and_numbers_while_it_is_under_way
    stream = client.stream("Hello")
    stream.next
    assert_match(%r{\Atext/event-stream}, stream.header("Content-Type"))
    assert_equal "text/event-stream", stream.header(:"content-type")[/\A[^;]+/]
    assert_nil stream.header("x-none")
    assert_equal [200, nil], stream.info.values_at(:http_status, :total_ms)
    assert_equal stream.result.info, stream.info
    assert_nil stream.header("content-type")
    assert_match(/done/, stream.inspect)
  end

  def test_streams_in_select
    streams = { client.stream("One") => +"", client.stream("Two") => +"" }
    until (open = streams.keys.reject(&:closed?)).empty?
      ready, = IO.select(open, nil, nil, 20)
      ready.each do |stream|
        while (chunk = stream.next(timeout: 0))
          streams[stream] << chunk.to_s
        end
      end
    end
    streams.each { |stream, text| assert_equal stream.result.text, text }
    assert_raises(IOError) { streams.keys.first.to_io }
  end

  def test_cancelling_by_another_thread
    stream = stalled_stream
    assert_gives_up do
      reader = Thread.new { assert_raises(Chatabi::CancelledError) { stream.next } }
      eventually("the reader waits") { reader.stop? }
      stream.cancel
      assert_match(/\A\[emulator\]/, reader.value.partial.text)
    end
    assert_nil stream.cancel
    assert_nil stream.close
    assert_nil stream.close
    assert_raises(TypeError) { stream.dup }
  end

  def test_closing_what_another_thread_waits_for
    stream = stalled_stream
    reader = Thread.new { assert_raises(Chatabi::CancelledError) { stream.next } }
    eventually("the reader waits") { reader.stop? }
    assert_gives_up { stream.close }
    reader.join
    assert_predicate stream, :closed?
  end

  def test_threads_that_read_one_stream_take_turns
    stream = client.stream("Hello", options: fault("long=300"))
    parts = Array.new(4) { Thread.new { stream.map(&:to_s) } }
    texts = parts.map(&:value)
    assert_equal stream.result.text.length, texts.flatten.join.length
  end

  def test_threads_each_with_a_stream_of_one_client
    texts = Array.new(8) { |i| Thread.new { client.stream("Number #{i}").map(&:to_s).join } }.map(&:value)
    texts.each_with_index { |text, i| assert_includes text, "“Number #{i}”" }
    assert_equal 8, client.status["counters"]["completed"]
  end
end
