# frozen_string_literal: true

# SPDX-License-Identifier: MIT
# What goes in and what comes out: options, bodies, answers, errors.
require_relative "helper"
require "pathname"

class ValuesTest < HostTest
  def setup
    super
    Emulator.configure(journal_bodies: true)
  end

  def sent = JSON.parse(Emulator.journal.last["body"])

  def test_a_text_is_a_message_and_the_answer_is_native
    answer = client.chat("Grüße 🌊")
    assert_includes answer.text, "“Grüße 🌊”"
    assert_equal [{ "role" => "user", "content" => "Grüße 🌊" }], sent["messages"]
    assert_equal "gpt-4o-mini", sent["model"]
    assert_equal Encoding::UTF_8, answer.text.encoding
    assert_predicate answer.text, :frozen?
    assert_predicate answer.to_h, :frozen?
    assert_equal answer.text, answer.to_s
    assert_equal ["chat.completion", "stop"], [answer["object"], answer.dig(:choices, 0, "finish_reason")]
    assert_equal answer.usage["prompt_tokens"], answer.info[:prompt_tokens]
    assert_equal({ http_status: 200, attempts: 1, finish: :stop, http_version: 11, place: 0 },
                 answer.info.slice(:http_status, :attempts, :finish, :http_version, :place))
    assert_equal answer.to_h, JSON.parse(JSON.generate(answer))
  end

  def test_bodies_are_texts_lists_hashes_and_keywords_with_symbols_or_strings
    message = { role: :user, content: "One" }
    whole = { "messages" => [{ "role" => "user", "content" => "One" }], "max_tokens" => 3, "model" => "gpt-4o-mini" }
    [-> { client.chat("One", max_tokens: 3) }, -> { client.chat([message], max_tokens: 3) },
     -> { client.chat({ "messages" => [message] }, max_tokens: 3) }, -> { client.chat(messages: [message], max_tokens: 3) },
     -> { client.chat("messages" => [message], "max_tokens" => 3) },
     -> { client.chat({ "messages" => [message], "max_tokens" => 9 }, max_tokens: 3) }].each do |ask|
      assert_equal "length", ask.call.finish_reason
      assert_equal whole, sent
    end
  end

  def test_what_cannot_be_a_body_is_misuse
    skip "types do not allow it" if types?
    [nil, {}, 1, :text, Object].each { |body| assert_raises(ArgumentError) { client.chat(body) } }
    assert_equal "INVALID_REQUEST", assert_raises(Chatabi::Error) { client.chat([]) }.name
    assert_raises(ArgumentError) { client.chat }
    assert_raises(ArgumentError) { client.chat("One", temperature: Float::NAN) }
    assert_raises(ArgumentError) { client.chat("\xff") }
    error = assert_raises(ArgumentError) { client.chat("One", total_timeout_ms: 5) }
    assert_equal "total_timeout_ms is no field of a body. Write options: { total_timeout_ms: ... }.", error.message
    circle = []
    assert_raises(ArgumentError) { client.chat(circle << circle) }
  end

  def test_integers_of_any_size_and_what_stands_in_answers_come_back_as_they_were
    big = 123_456_789_012_345_678_901_234_567_890
    vertex = new_client(base_url: "#{Emulator["url"]}/vllm/v1", dialect: "off", auth: "none")
    vertex.chat("One", seed: big, metadata: { "a\u0000b" => [nil, true, 1.5, ""] })
    assert_equal [big, { "a\u0000b" => [nil, true, 1.5, ""] }], sent.values_at("seed", "metadata")
    tool = { type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } }
    messages = [{ role: "user", content: "Look" }]
    answer = client.chat(messages, tools: [tool])
    call = answer.tool_calls.fetch(0)
    messages += [answer.message, { role: "tool", tool_call_id: call["id"], content: "seen" }]
    assert_includes client.chat(messages, tools: [tool]).text, "seen"
    assert_equal answer.message, sent["messages"][1]
  end

  def test_answers_chunks_and_errors_match_patterns
    case client.chat("Hello", max_tokens: 2)
    in { finish_reason: "length", text: String => text, info: { finish: :length } } then assert_predicate text, :frozen?
    end
    error = assert_raises(Chatabi::Error) { client.chat("Hello", options: fault("429=7")) }
    error => { name: "RATE_LIMIT", retry_after_ms: 7000, partial: nil }
    client.stream("Hello").find(&:text?) => { type: :text, text: String, json: Hash => json, choice: 0 }
    assert_equal "chat.completion.chunk", json["object"]
  end

  def test_text_in_parts_is_put_together_without_thoughts
    local = new_client(base_url: "#{Emulator["url"]}/vllm/v1")
    assert_includes local.chat("Hello", options: fault("dialect=mistral")).text, "Hello"
    marked = { "type" => "text", "text" => "hm", "extra_content" => { "google" => { "thought" => true } } }
    parts = [{ "type" => "thinking", "thinking" => [] }, marked, { "type" => "text", "text" => "a" }, nil, { "type" => "text", "text" => "b" }]
    assert_equal "ab", Chatabi::Answer.new({ "choices" => [{ "message" => { "content" => parts } }] }, {}).text
  end

  # As in a chunk that ends within an emoji.
  def test_half_a_surrogate_pair_is_no_error_and_no_invalid_text
    chunk = Chatabi::Chunk.new(:text, "\ufffd", '{"a":"\ud83d","b":"\ud83d\ude00","c":"\\\\ud83d"}', 0)
    assert_equal({ "a" => "\ufffd", "b" => "😀", "c" => "\\ud83d" }, chunk.json)
    chunk = Chatabi::Chunk.new(:text, "x", "not JSON", 0)
    assert_pattern_without_json(chunk)
  end

  def assert_pattern_without_json(chunk)
    chunk => { type: :text, text: }
    assert_equal "x", text
  end

  def test_an_answer_that_is_no_object_is_an_error
    server = TCPServer.new("127.0.0.1", 0)
    Thread.new do
      connection = server.accept
      connection.readpartial(4096)
      connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n[1]")
    end
    made = new_client(base_url: "http://127.0.0.1:#{server.local_address.ip_port}", max_retries: 0)
    assert_equal "PROTOCOL", assert_raises(Chatabi::Error) { made.chat("Hello") }.name
  ensure
    server.close
  end

  def test_options_take_native_values
    made = new_client(headers: { "x-one" => "two" }, max_retries: 0, total_timeout_ms: 5e3, log_payloads: true, log_level: :debug,
                      fallback: [{ base_url: "http://localhost:1/v1" }], ca_file: Pathname("/none"), project: nil)
    made.chat("Hello", options: { headers: { "x-three": "four" }, max_retries: 1, total_timeout_ms: nil })
    assert_equal %w[two four], Emulator.journal.last["headers"].transform_keys(&:downcase).values_at("x-one", "x-three")
    lines = []
    while (line = made.log)
      lines << line
    end
    assert(lines.any? { |text| text.include?("debug") && text.include?("Hello") })
    assert_nil made.log
  end

  def test_what_the_library_says_of_an_option_is_raised
    error = assert_raises(Chatabi::ConfigError) { Chatabi::Client.new(projct: "my-project") }
    assert_match(/\AThere is no option "projct". The options are: provider /, error.message)
    assert_equal ["CONFIG", -3, nil], [error.name, error.code, error.http_status]
    assert_match(/max_retries/, assert_raises(Chatabi::ConfigError) { new_client(max_retries: 1.5) }.message)
    assert_match(/source|auth/i, assert_raises(Chatabi::ConfigError) { Chatabi::Client.new(auth: "nobody") }.message)
    assert_raises(Chatabi::ConfigError) { client.start.set_auth("none") } # it is too late
    error = assert_raises(Chatabi::Error) { client.chat("Hello", options: { tiemout: 1 }) }
    assert_match(/tiemout/, error.message)
    assert_raises(ArgumentError) { new_client(project: "a\0b") }
  end

  def test_errors_have_a_class_a_name_and_all_that_is_known
    error = assert_raises(Chatabi::RateLimitError) { client.chat("Hello", options: fault("429=7")) }
    assert_equal ["RATE_LIMIT", -34, 429, "rate_limit_exceeded", 7000, true],
                 [error.name, error.code, error.http_status, error.provider_code, error.retry_after_ms, error.retryable?]
    assert_equal error.message, error.details["message"]
    assert_match(/Send fewer requests/, error.hint)
    assert_match(/\Areq_/, error.request_id)
    wrong = new_client(base_url: "http://127.0.0.1:1/v1", max_retries: 0)
    assert_equal "CONNECT", assert_raises(Chatabi::ConnectionError) { wrong.chat("Hello") }.name
    timeout = { total_timeout_ms: 80, max_retries: 0, **STALLED }
    assert_equal "total_timeout_ms", assert_raises(Chatabi::TimeoutError) { client.chat("Hello", options: timeout) }.limit
    nobody = Chatabi::Client.new(base_url: "#{Emulator["url"]}/v1", provider: "vertex", auth: ["file", "/none"], project: "p", max_retries: 0)
    assert_equal "AUTH_SOURCE", assert_raises(Chatabi::AuthError) { nobody.chat("Hello", model: "google/x") }.name
    assert(Chatabi.constants.map { |name| Chatabi.const_get(name) }.grep(Class).select { |type| type.to_s.end_with?("Error") }
                  .all? { |type| type <= Chatabi::Error })
  end

  def test_a_refusal_of_the_server_names_the_parameter
    error = assert_raises(Chatabi::Error) { client.chat("Hello", no_such_field: 1) }
    assert_equal ["INVALID_REQUEST", 400, false], [error.name, error.http_status, error.retryable]
    assert_match(/no_such_field/, error.message)
  end

  def test_other_paths
    assert_includes client.request("/models")["data"].map { |model| model["id"] }, "gpt-4o-mini"
    body = { model: "text-embedding-3-small", input: %w[sea shore], dimensions: 5 }
    assert_equal [5, 5], client.request("/embeddings", body, method: :post)["data"].map { |one| one["embedding"].size }
    error = assert_raises(Chatabi::Error) { client.request("/nowhere", method: :get, options: { max_retries: 0 }) }
    assert_equal "NOT_FOUND", error.name
  end

  def test_a_token_is_renewed_under_way
    vertex = Chatabi::Client.new(base_url: Emulator["url"], provider: "vertex", project: Emulator["project"], location: "us-central1",
                                 model: "google/gemini-2.5-flash", auth: %w[token stale], max_retries: 0)
    assert_equal "UNAUTHENTICATED", assert_raises(Chatabi::AuthError) { vertex.chat("Hello") }.name
    fresh = JSON.parse(Net::HTTP.post(URI("#{Emulator["url"]}/emulator/tokens"), "{}", Emulator::JSON_TYPE).body)["access_token"]
    Thread.new { vertex.set_token(fresh) }.join
    assert_includes vertex.chat("Hello").text, "Hello"
    refute_includes vertex.inspect + vertex.status.to_s, fresh
  end

  def test_status_version_and_a_client_for_a_block
    assert_match(%r{\Achatabi/#{Regexp.escape(Chatabi::VERSION)}[ -].*libcurl/}, Chatabi.version)
    kept = nil
    counters = Chatabi::Client.open(base_url: "#{Emulator["url"]}/v1", model: "m", auth: "none") do |it|
      kept = it
      it.chat("Hello")
      it.status["counters"]
    end
    assert_equal [1, 1], counters.values_at("requests", "completed")
    assert_predicate kept, :closed?
    assert_nil kept.close
    %i[status log start stop].each do |name|
      assert_equal "CLOSED", assert_raises(Chatabi::Error) { kept.public_send(name) }.name
    end
    assert_equal "CLOSED", assert_raises(Chatabi::Error) { kept.chat("Hello") }.name
    assert_equal "CLOSED", assert_raises(Chatabi::Error) { kept.set_token("x") }.name
  end

  def test_stop_is_an_orderly_end
    stream = client.stream("Hello", options: STALLED)
    stream.next
    assert_gives_up { assert_equal true, client.stop(5) }
    assert_equal "CLOSED", assert_raises(Chatabi::Error) { stream.each { nil } }.name
    assert_equal "CLOSED", assert_raises(Chatabi::Error) { client.chat("Hello") }.name
    assert_equal true, new_client.stop(0) # never started
  end
end
