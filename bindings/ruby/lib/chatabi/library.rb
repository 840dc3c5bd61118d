# frozen_string_literal: true

# SPDX-License-Identifier: MIT
# The C library: its functions by the ffi gem, and Ruby's values as its text and back.
require "ffi"
require "json"

module Chatabi
  # The functions of chatabi.h. Handles free themselves when they are collected.
  module C
    extend FFI::Library

    ABI = 1

    class Client < FFI::AutoPointer
      def self.release(pointer) = C.chatabi_client_free(pointer)
    end

    class Request < FFI::AutoPointer
      def self.release(pointer) = C.chatabi_request_free(pointer)
    end

    def self.libraries
      return [ENV["CHATABI_LIBRARY"]] unless ENV["CHATABI_LIBRARY"].to_s.empty?

      names = if FFI::Platform.windows? then %w[chatabi.dll libchatabi.dll]
              elsif FFI::Platform.mac? then %w[libchatabi.1.dylib libchatabi.dylib]
              else %w[libchatabi.so.1 libchatabi.so]
              end
      names.map { |name| File.expand_path("../#{name}", __dir__) }.select { |path| File.exist?(path) } + names
    end

    begin
      ffi_lib libraries
      attach_function :chatabi_abi_version, [], :uint
    rescue LoadError, FFI::NotFoundError => e
      raise LoadError, "chatabi: libchatabi cannot be loaded. Install it, or set CHATABI_LIBRARY to its path. #{e.message}"
    end
    unless chatabi_abi_version == ABI
      raise LoadError, "chatabi: the library has ABI version #{chatabi_abi_version}, and this gem is written for #{ABI}. " \
                       "Install a library and a gem of the same release."
    end

    attach_function :chatabi_version, [], :string
    attach_function :chatabi_error_name, [:int], :string
    attach_function :chatabi_error_text, [:int], :string
    attach_function :chatabi_client_new, [], Client
    attach_function :chatabi_client_set, %i[pointer string string], :int
    attach_function :chatabi_client_set_auth, %i[pointer string string], :int
    attach_function :chatabi_client_message, [:pointer], :string
    attach_function :chatabi_client_start, [:pointer], :int
    attach_function :chatabi_client_send, %i[pointer string size_t string], Request
    attach_function :chatabi_client_log, [:pointer], :string
    attach_function :chatabi_client_status, [:pointer], :string
    attach_function :chatabi_client_stop, %i[pointer int], :int
    attach_function :chatabi_client_free, [:pointer], :void
    attach_function :chatabi_request_next, %i[pointer int], :int
    attach_function :chatabi_request_text, %i[pointer pointer], :pointer
    attach_function :chatabi_request_json, %i[pointer pointer], :pointer
    attach_function :chatabi_request_result, %i[pointer pointer], :pointer
    attach_function :chatabi_request_error_json, [:pointer], :string
    attach_function :chatabi_request_state, [:pointer], :int
    attach_function :chatabi_request_info, %i[pointer int], :int64
    attach_function :chatabi_request_header, %i[pointer string], :string
    attach_function :chatabi_request_fd, [:pointer], :int
    attach_function :chatabi_request_cancel, [:pointer], :void
    attach_function :chatabi_request_free, [:pointer], :void
  end

  # Ruby's values as the library's text, and back.
  module Wire
    DONE = 5
    TYPES = { 1 => :text, 2 => :reasoning, 3 => :tool, 4 => :other, 6 => :refusal }.freeze
    STATES = %i[unknown queued auth connecting waiting streaming retrying done failed].freeze
    INFO = %i[id http_status attempts retry_after_ms first_byte_ms first_text_ms total_ms prompt_tokens completion_tokens
              total_tokens retryable choice http_version bytes output_tokens reasoning_tokens cached_tokens finish place].freeze
    REQUEST_OPTIONS = %w[path method headers connect_timeout_ms first_byte_timeout_ms idle_timeout_ms total_timeout_ms max_retries].freeze
    CHOICE = 12
    FINISH = [nil, :stop, :length, :tool_calls, :content_filter, :other].freeze
    CANCELLED = -50
    CLOSED = -51
    FORKED = -5
    TIMEOUT = -23
    PROTOCOL = -40
    UNINTERRUPTED = { Object => :never }.freeze
    SURROGATE = /\\u[dD][89a-fA-F]/
    SURROGATES = /(\\\\|\\u[dD][89abAB]\h\h\\u[dD][c-fC-F]\h\h)|\\u[dD][89a-fA-F]\h\h/ # whole pairs, or halves

    class << self
      def utf8(bytes) = bytes && bytes.force_encoding(Encoding::UTF_8).freeze

      # Deep-frozen, with string keys; the library has checked how deep it is. Half a surrogate pair, as in a chunk that
      # ends within an emoji, is no text for Ruby: some versions of json refuse it, some make invalid UTF-8 of it.
      def parse(json)
        json = json.gsub(SURROGATES) { $1 || "\\ufffd" } if json.match?(SURROGATE)
        JSON.parse(json, max_nesting: 0, freeze: true)
      end

      # The library reads what is nested up to 128 deep.
      def generate(value)
        JSON.generate(value, max_nesting: 128)
      rescue JSON::JSONError, EncodingError => e
        raise ArgumentError, "This cannot be written as JSON: #{e.message}"
      end

      def option(value)
        case value
        when nil then nil
        when true then "yes"
        when false then "no"
        when Float then value.to_i == value ? value.to_i.to_s : value.to_s
        when Hash, Array then generate(value)
        else value.to_s
        end
      end

      # A text is short for one message of the user's, a list for messages, both beside the fields.
      def body(given, fields)
        given = case given
                when nil then {}
                when String then { "messages" => [{ "role" => "user", "content" => given }] }
                when Array then { "messages" => given }
                when Hash then given.transform_keys(&:to_s)
                else raise ArgumentError, "A body is a text, a list of messages or a Hash, not #{given.class}."
                end
        fields = fields.transform_keys(&:to_s)
        wrong = fields.keys & REQUEST_OPTIONS # a server may pass over it, and then there is no limit
        raise ArgumentError, "#{wrong[0]} is no field of a body. Write options: { #{wrong[0]}: ... }." unless wrong.empty?

        body = given.merge(fields)
        raise ArgumentError, "There is nothing to send: give a text, messages or a body." if body.empty?

        body
      end

      def info(request)
        INFO.each_with_index.with_object({}) do |(name, index), info|
          number = C.chatabi_request_info(request, index + 1)
          next if number == -1

          value = case name
                  when :retryable then number == 1
                  when :finish then FINISH.fetch(number, :other)
                  else number
                  end
          info[name] = value unless value.nil?
        end.freeze
      end
    end
  end
  private_constant :C, :Wire
end
