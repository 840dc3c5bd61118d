# frozen_string_literal: true

# SPDX-License-Identifier: MIT
# A Fiber scheduler of the smallest kind, for the tests: what Ruby's own documentation asks of one, over IO.select.
class Scheduler
  attr_reader :io_waits

  def initialize
    @io_waits = 0
    @reading = {} # fiber => [io, deadline]
    @sleeping = {} # fiber => deadline
    @ready = []
    @lock = Mutex.new
    @wake_read, @wake_write = IO.pipe
  end

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

  def io_wait(io, events, timeout)
    raise ArgumentError, "only reading is waited for" unless events == IO::READABLE

    @io_waits += 1
    @reading[Fiber.current] = [io, timeout && (now + timeout)]
    Fiber.yield
  ensure
    @reading.delete(Fiber.current)
  end

  def kernel_sleep(seconds = nil) = block(:sleep, seconds)

  def block(_blocker, timeout = nil)
    @sleeping[Fiber.current] = timeout ? now + timeout : Float::INFINITY
    Fiber.yield
  ensure
    @sleeping.delete(Fiber.current)
  end

  def unblock(_blocker, fiber)
    @lock.synchronize { @ready << fiber }
    @wake_write.write_nonblock(".")
  end

  def fiber(&block) = Fiber.new(blocking: false, &block).tap(&:resume)
  def close = run

  def run
    until @reading.empty? && @sleeping.empty?
      deadlines = (@sleeping.values + @reading.values.map(&:last)).compact.reject { |at| at == Float::INFINITY }
      seconds = deadlines.min && [deadlines.min - now, 0].max
      readable, = IO.select(@reading.values.map(&:first) + [@wake_read], nil, nil, seconds)
      wake(readable || [])
    end
  end

  private

  def wake(readable)
    @wake_read.read_nonblock(64) if readable.include?(@wake_read)
    unblocked = @lock.synchronize { @ready.slice!(0..) }
    unblocked.each { |fiber| fiber.resume(true) if @sleeping.key?(fiber) }
    @sleeping.select { |_, at| at <= now }.each_key { |fiber| fiber.resume(false) if fiber.alive? && @sleeping.key?(fiber) }
    @reading.to_a.each do |fiber, (io, at)|
      fiber.resume(readable.include?(io) ? IO::READABLE : false) if @reading.key?(fiber) && (readable.include?(io) || (at && at <= now))
    end
  end
end
