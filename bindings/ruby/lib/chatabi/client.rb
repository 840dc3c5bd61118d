# frozen_string_literal: true

# SPDX-License-Identifier: MIT
# Clients: where requests come from.
module Chatabi
  # Configuration, credentials and connections, for any number of requests from any number of threads. Options are those
  # of core/OPTIONS.md, and `auth`: a source such as "adc", or [source, value].
  class Client
    # With a block it is closed behind it, and the block's value is returned.
    def self.open(**options)
      client = new(**options)
      return client unless block_given?

      begin
        yield client
      ensure
        client.close
      end
    end

    def initialize(auth: nil, **options)
      @client = C.chatabi_client_new
      @lock = Mutex.new
      raise NoMemoryError, "chatabi: out of memory" if @client.null?

      options.each { |key, value| check(C.chatabi_client_set(@client, key.to_s, Wire.option(value))) }
      set_auth(*auth) if auth
    end

    # The answer, whole. `body`: a text (what the user says), a list of messages, or a Hash of OpenAI's fields; fields may
    # also be keywords. `options`: for this request only: headers, timeouts, max_retries, path, method.
    def chat(body = nil, options: nil, **fields) = send_body(Wire.body(body, fields), options).result

    # The same, piece by piece. With a block: yields every chunk, and returns the answer.
    def stream(body = nil, options: nil, **fields, &block)
      stream = send_body({ "stream" => true }.merge(Wire.body(body, fields)), options)
      return stream unless block

      stream.each(&block).result
    end

    # Anything else that the server has, such as "/embeddings" and "/models": its answer, parsed.
    def request(path, body = nil, method: body ? "POST" : "GET", options: nil)
      send_body(body, { "path" => path, "method" => method.to_s.upcase }.merge((options || {}).transform_keys(&:to_s))).json
    end

    # Where credentials come from; a token after a token at any time, also under requests that are under way.
    def set_auth(source, value = nil)
      check(C.chatabi_client_set_auth(client, source.to_s, Wire.option(value)))
      self
    end

    def set_token(token) = set_auth("token", token)

    # Warms up in the background: certificates, a token, a connection.
    def start
      @lock.synchronize { check(C.chatabi_client_start(client)) }
      self
    end

    # Without secrets: credential, project, endpoint, token's end, counters.
    def status = @lock.synchronize { Wire.parse(Wire.utf8(C.chatabi_client_status(client)) || raise(error(Wire::FORKED))) }

    # The oldest line of the log, nil when there is none.
    def log = @lock.synchronize { Wire.utf8(C.chatabi_client_log(client)) }

    # Ends every request with CLOSED and waits for the library's thread; false when that took longer than `timeout` seconds.
    def stop(timeout = nil)
      deadline = timeout && (Process.clock_gettime(Process::CLOCK_MONOTONIC) + timeout)
      while (code = @lock.synchronize { C.chatabi_client_stop(client, 0) }) == Wire::TIMEOUT
        return false if deadline && Process.clock_gettime(Process::CLOCK_MONOTONIC) >= deadline

        sleep Stream::POLL_S
      end
      check(code)
      true
    end

    # As `stop`, without waiting, and for good. Twice does no harm. Memory is left to the collector, because another thread
    # may be about to send.
    def close
      closing, @client = @client, nil
      @lock.synchronize { C.chatabi_client_stop(closing, 0) } if closing
      nil
    end

    def closed? = @client.nil?
    def inspect = "#<#{self.class}#{" closed" if closed?}>"

    private

    def client = @client || raise(error(Wire::CLOSED))
    def error(code, message = nil) = Error.of(code, message: message)

    def check(code)
      raise error(code, C.chatabi_client_message(client)) unless code.zero?
    end

    # Between the library's answer and ours nothing may interrupt, or a request would be lost.
    def send_body(body, options)
      text = body ? Wire.generate(body) : ""
      options = Wire.generate(options.compact) if options
      handle = client
      Thread.handle_interrupt(Wire::UNINTERRUPTED) do
        request = C.chatabi_client_send(handle, text, text.bytesize, options)
        raise error(Wire::FORKED) if request.null?

        Stream.new(self, request)
      end
    end
  end
end
