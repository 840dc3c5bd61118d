# frozen_string_literal: true

# SPDX-License-Identifier: MIT
# What comes of a request: chunks, answers and errors.
module Chatabi
  # A piece of an answer. As text it is a piece of the answer's text: `print chunk` is right for every type.
  class Chunk
    # type: :text, :reasoning, :refusal, :tool or :other. text: the piece; of a tool its name. raw: the JSON that the
    # server sent; of a tool the whole call; may be empty. choice: which answer it belongs to, from 0.
    attr_reader :type, :text, :raw, :choice

    def initialize(type, text, raw, choice)
      @type = type
      @text = text
      @raw = raw
      @choice = choice
    end

    Wire::TYPES.each_value { |type| define_method(:"#{type}?") { @type == type } }

    def json = @json ||= (Wire.parse(raw) unless raw.empty?)
    def to_s = text? ? text : ""

    # A pattern that does not ask for the JSON does not have it parsed.
    def deconstruct_keys(keys)
      found = { type: type, text: text, choice: choice }
      keys.nil? || keys.include?(:json) ? found.merge(json: json) : found
    end
  end

  # A whole answer: the chat.completion (to_h, [], dig), and what nearly everyone wants of it. As text it is its text.
  class Answer
    attr_reader :to_h, :info

    def initialize(completion, info)
      @to_h = completion
      @info = info
    end

    def [](key) = to_h[key.to_s]
    def dig(key, *more) = to_h.dig(key.to_s, *more)
    def usage = to_h["usage"]
    def message = choice["message"]
    def finish_reason = choice["finish_reason"]
    def tool_calls = message.to_h["tool_calls"] || []
    def to_json(*state) = to_h.to_json(*state)

    # Some servers send it in parts; thoughts among them are none of it.
    def text
      content = message.to_h["content"]
      return content.to_s unless content.is_a?(Array)

      content.grep(Hash).reject { |part| thought?(part) }.map { |part| part["text"].to_s }.join.freeze
    end
    alias to_s text

    def deconstruct_keys(_keys)
      { text: text, message: message, tool_calls: tool_calls, finish_reason: finish_reason, usage: usage, info: info }
    end

    private

    def choice = to_h["choices"].to_a.first || {}

    # Mistral thinks in parts of a type, Google marks a part as thought.
    def thought?(part) = part["type"] == "thinking" || part.dig("extra_content", "google", "thought") == true
  end

  # What went wrong; the message says what to do about it. Decide by class, by name ("RATE_LIMIT") or by retryable?.
  class Error < StandardError
    # details: all that the library knows of it, by the names in chatabi.h; partial: the Answer as far as it had come.
    attr_reader :details, :partial

    %i[name code http_status provider_code provider_status provider_type provider_reason provider_message param quota limit
       retryable retry_after_ms request_id auth hint body].each { |field| define_method(field) { details[field.to_s] } }

    def self.of(code, message: nil, json: nil, partial: nil)
      details = json.to_s.empty? ? { "code" => code, "name" => Wire.utf8(C.chatabi_error_name(code)) } : Wire.parse(json)
      message = C.chatabi_error_text(code) if message.to_s.empty?
      details = { "message" => Wire.utf8(message) }.merge(details).freeze
      CLASSES.fetch(details["name"], Error).new(details["message"], details, partial)
    end

    def initialize(message = nil, details = {}, partial = nil)
      super(message)
      @details = details
      @partial = partial
    end

    def retryable? = retryable == true
    def deconstruct_keys(_keys) = details.transform_keys(&:to_sym).merge(partial: partial)
  end

  class ConfigError < Error; end
  class AuthError < Error; end
  class ConnectionError < Error; end
  class TimeoutError < Error; end
  class RateLimitError < Error; end
  class CancelledError < Error; end

  CLASSES = {
    ConfigError => %w[ARG CONFIG STATE], RateLimitError => %w[RATE_LIMIT], TimeoutError => %w[TIMEOUT],
    AuthError => %w[AUTH_SOURCE AUTH_EXCHANGE AUTH_HOST UNAUTHENTICATED PERMISSION],
    ConnectionError => %w[DNS CONNECT TLS DISCONNECT], CancelledError => %w[CANCELLED]
  }.flat_map { |type, names| names.map { |name| [name, type] } }.to_h.freeze
  private_constant :CLASSES
end
