# frozen_string_literal: true

# SPDX-License-Identifier: MIT
# The conversation of ../transcript/transcript.c, which tells the rules: this prints the same bytes.
$LOAD_PATH.unshift File.expand_path("../../../bindings/ruby/lib", __dir__)
require "chatabi"

TOOLS = [{ type: "function", function: {
  name: "get_weather", description: "Tells the weather.",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] }
} }].freeze
THOUGHTS = { google: { thinking_config: { include_thoughts: true } } }.freeze

def line(text) = text.gsub("\n", '\n')
def fault(text) = { headers: { "x-emulator-fault" => text } }

def print_chunk(chunk)
  case chunk.type
  when :tool then puts "tool #{chunk.json["function"].values_at("name", "arguments").join(" ")}"
  when :other then puts "other"
  else puts "#{chunk.type} #{chunk.text.bytesize} #{line(chunk.text)}"
  end
end

def print_done(info) = puts("done #{info[:finish] || "none"} #{info[:prompt_tokens]} #{info[:completion_tokens]}")

# Reads to the end, whatever it is: the answer or the error.
def print_all(stream)
  answer = stream.each { |chunk| print_chunk(chunk) }.result
  print_done(answer.info)
  answer
rescue Chatabi::Error => e
  puts "error #{e.name} #{stream.info.fetch(:http_status, -1)} #{e.retryable? ? 1 : 0}", line(e.message)
  e
end

client = Chatabi::Client.new(
  provider: "vertex", base_url: ENV.fetch("TRANSCRIPT_URL"), auth: ["file", ENV.fetch("TRANSCRIPT_CREDENTIALS")],
  ca_file: ENV.fetch("TRANSCRIPT_CA"), auth_allow_hosts: "127.0.0.1", model: "google/gemini-3-flash-preview", max_retries: 0
)

puts "== stream"
messages = [{ role: "user", content: "Grüße aus Zürich, 東京 und vom Strand 🌊" }]
messages << print_all(client.stream(messages, extra_body: THOUGHTS)).message

puts "== tools"
messages << { role: "user", content: "The weather in Oslo and Rome, in parallel and in steps" }
loop do
  answer = print_all(client.stream(messages, tools: TOOLS))
  messages << answer.message
  break unless answer.finish_reason == "tool_calls"

  answer.tool_calls.each { |call| messages << { role: "tool", content: call["function"]["arguments"], tool_call_id: call["id"] } }
end

puts "== whole"
answer = client.chat("One, two")
puts line(answer.text)
print_done(answer.info)

puts "== embeddings"
vectors = client.request("/embeddings", { model: "google/text-embedding-005", input: %w[sea shore], dimensions: 5 })
vectors["data"].each { |one| puts one["embedding"].size }

puts "== cut"
error = print_all(client.stream("One, two, three", options: fault("cut=4")))
puts "partial #{line(error.partial.text)}"

puts "== refused"
print_all(client.stream("Hello", model: "google/no-such-model"))
error = print_all(client.stream("Hello", stream: false, options: fault("429=7")))
puts "retry after #{error.retry_after_ms} ms"

puts "== cancelled"
stream = client.stream("A long story", options: fault("long=500"))
nil until stream.next.text?
stream.cancel
begin
  stream.next
rescue Chatabi::Error => e
  puts "error #{e.name}"
end

puts "== misspelt"
begin
  Chatabi::Client.new(projct: "my-project")
rescue Chatabi::Error => e
  puts "error #{e.name}", e.message
end
