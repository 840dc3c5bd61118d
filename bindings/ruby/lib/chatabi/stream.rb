# frozen_string_literal: true

# SPDX-License-Identifier: MIT
# Requests under way. No call into the library blocks: a wait is one for the request's file descriptor, so that it lets
# other threads run, goes through a Fiber scheduler, and is ended at once by Timeout, Thread#raise, Thread#kill and Ctrl-C.
require "io/wait" # for IO#wait_readable in Ruby 3.1

module Chatabi
  # One request under way, read piece by piece. Threads that read the same stream take turns.
  class Stream
    include Enumerable

    POLL_S = 0.005 # between looks, where there is nothing to wait for

    def initialize(client, request)
      @client = client # a client that is collected ends its requests
      @request = request
      @length = FFI::MemoryPointer.new(:size_t)
      @lock = Mutex.new # held for moments, never in a wait
      @turn = ConditionVariable.new
      @waiting = nil # the process in which a thread waits: of a fork's child there is none
    end

    def initialize_copy(_other) = raise(TypeError, "A stream cannot be copied.")

    # Yields every chunk and raises when the answer breaks off. Leaving the block early ends the request.
    def each
      return enum_for(:each) unless block_given?

      begin
        while (chunk = self.next)
          yield chunk
        end
        self
      ensure
        close
      end
    end

    # The pieces of the answer's text alone.
    def each_text
      return enum_for(:each_text) unless block_given?

      each { |chunk| yield chunk.text if chunk.text? }
    end

    # The next chunk, nil at the end, false when none came within `timeout` seconds (nil: no limit, 0: does not wait).
    def next(timeout: nil)
      deadline = timeout && timeout < Float::INFINITY ? now + timeout : nil
      loop do
        chunk = hold { waiting? ? false : take }
        return chunk unless chunk == false

        left = deadline && (deadline - now)
        return false if left && left <= 0

        wait(left)
      end
    end

    # The whole answer. What was not read yet is waited for, and skipped.
    def result
      each { nil } unless @ended
      raise @error if @error

      @answer ||= Answer.new(object(json), @info)
    end

    # What the server sent, parsed: for paths whose answer is no chat.completion.
    def json
      each { nil } unless @ended
      raise @error if @error

      @raw.empty? ? nil : Wire.parse(@raw)
    rescue JSON::ParserError
      @raw
    end

    # Ends the request, and the server stops; reading it raises CancelledError. Any thread, and signal handlers: there a
    # lock cannot be waited for, so whoever holds it cancels.
    def cancel
      @cancelled = true
      Thread.handle_interrupt(Wire::UNINTERRUPTED) do
        next unless @lock.try_lock

        C.chatabi_request_cancel(@request) if @request
        @lock.unlock
      end
      nil
    end

    # Cancels if it is still under way, and frees what the library holds. Twice does no harm. It is what an interrupted
    # loop runs at its end, so a second interrupt waits for it.
    def close
      Thread.handle_interrupt(Wire::UNINTERRUPTED) do
        cancel
        hold { end_now if @request && !waiting? }
      end
      nil
    end

    def closed? = @request.nil?
    def info = hold { @request ? Wire.info(@request) : @info }

    # :queued, :auth, :connecting, :waiting, :streaming, :retrying, :done or :failed: ahead of what was read.
    def state
      hold do
        next @error ? :failed : :done unless @request

        Wire::STATES.fetch(C.chatabi_request_state(@request), :unknown)
      end
    end

    # A header of the server's answer, in the loop: from the first chunk until the end was read.
    def header(name) = hold { @request && Wire.utf8(C.chatabi_request_header(@request, name.to_s)) }

    # For IO.select: readable while `next(timeout: 0)` has something. Only to be waited for.
    def to_io = hold { io } || raise(IOError, "This stream has no file descriptor: it is closed, or there are none left.")
    def inspect = "#<#{self.class} #{state}>"

    private

    def object(answer)
      answer.is_a?(Hash) ? answer : raise(Error.of(Wire::PROTOCOL, message: "The server's answer is not an object: #{@raw[0, 200]}"))
    end

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    def hold(&block)
      @lock.synchronize(&block)
    ensure
      cancel if @cancelled && @request
    end

    # Everything below is done by one thread at a time: the caller holds the lock.

    def take
      return @error ? raise(@error) : nil if @ended

      event = C.chatabi_request_next(@request, 0)
      return false if event.zero?
      return Chunk.new(*describe(event)) if event.positive? && event != Wire::DONE

      finish(event)
      raise @error if @error
    end

    def describe(event)
      [Wire::TYPES.fetch(event, :other), text(:chatabi_request_text), text(:chatabi_request_json),
       C.chatabi_request_info(@request, Wire::CHOICE)]
    end

    def text(function)
      pointer = C.public_send(function, @request, @length)
      Wire.utf8(pointer.get_bytes(0, @length.get(:size_t, 0))) unless pointer.null?
    end

    # Cancels again: whoever held the lock at the time of `cancel` may not have come to it yet, and what is read here must be
    # an end and not a chunk.
    def end_now
      C.chatabi_request_cancel(@request)
      finish(C.chatabi_request_next(@request, 0))
    end

    # Keeps what the end has to say and frees the rest at once: a collector does not know of file descriptors. What
    # interrupts threads waits, so that nothing is freed twice.
    def finish(event)
      Thread.handle_interrupt(Wire::UNINTERRUPTED) do
        @raw = result_text(event) || ""
        @info = Wire.info(@request)
        @error = error(event) if event.negative?
        @ended = true
        @io = nil
        @request.free
        @request = nil
      end
    end

    # Right after a cancel the library may be in the middle of a large piece, and has no result until it is through.
    def result_text(event)
      20.times do
        raw = text(:chatabi_request_result)
        return raw if raw || event != Wire::CANCELLED

        sleep 0.001
      end
      nil
    end

    def error(code)
      json = Wire.utf8(C.chatabi_request_error_json(@request))
      Error.of(code, json: json, partial: partial)
    end

    # Nil when it is another path's, which need not be an object nor JSON at all.
    def partial
      answer = Wire.parse(@raw) unless @raw.empty?
      Answer.new(answer, @info) if answer.is_a?(Hash)
    rescue JSON::ParserError
      nil
    end

    def io
      return unless @request

      @io ||= C.chatabi_request_fd(@request).then { |fd| fd.negative? ? nil : IO.for_fd(fd, autoclose: false) }
    end

    def waiting? = @waiting && @waiting == Process.pid

    def pass_on
      @waiting = nil
      @turn.broadcast
    end

    # One thread waits for the descriptor, which nobody reads or closes meanwhile; others wait for that thread.
    def wait(seconds)
      mine = false
      source = hold do
        next @turn.wait(@lock, seconds) if waiting?

        @waiting = Process.pid
        mine = true
        io
      end
      return unless mine

      source ? source.wait_readable(seconds) : sleep([seconds, POLL_S].compact.min)
    ensure
      Thread.handle_interrupt(Wire::UNINTERRUPTED) { hold { pass_on } if mine } # or the others would wait for ever
    end
  end
end
