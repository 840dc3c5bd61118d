# frozen_string_literal: true

# SPDX-License-Identifier: MIT
# Waiting: other threads and fibers run meanwhile, and whatever interrupts a thread ends it at once and leaves nothing
# behind. A wait here would last until the server gives up, which it does not: how soon it ends is what is measured.
require_relative "helper"
require_relative "scheduler"
require "rbconfig"

class WaitTest < HostTest
  RUNS = LONG ? 100 : 3
  AT_ONCE_S = LONG ? 0.05 : 2 # of the median

  # The block waits for a stream that has gone silent in a thread; `interrupt` ends that. Measured until it is out.
  def assert_ends_at_once(interrupt, &waits)
    taken = assert_gives_up(RUNS) { Array.new(RUNS) { interrupted(interrupt, &waits) }.sort }
    puts format("%s: median %.2f, max %.2f ms of %d", name, taken[RUNS / 2] * 1e3, taken.last * 1e3, RUNS) if LONG
    assert_operator taken[RUNS / 2], :<, AT_ONCE_S
  end

  def interrupted(interrupt)
    before = Emulator.stats["chat"]
    thread = Thread.new do
      yield
      :returned
    rescue Interrupt, Timeout::Error => e
      e
    end
    eventually("it waits") { waits?(thread, before + 1) }
    began = now
    interrupt.call(thread)
    ended = thread.join(20) or flunk("it goes on waiting")
    refute_equal :returned, ended.value
    now - began
  end

  # The server has the request and has sent what it has, and the thread has read it.
  def waits?(thread, number)
    there = Emulator.stats["chat"] == number
    sleep 0.02
    there && thread.stop?
  end

  KILL = ->(thread) { thread.kill }
  RAISE = ->(thread) { thread.raise(Interrupt) }

  def test_kill_ends_a_loop = assert_ends_at_once(KILL) { client.stream("Hello", options: STALLED) { nil } }
  def test_kill_ends_a_chat = assert_ends_at_once(KILL) { client.chat("Hello", options: fault("stall=0")) }
  def test_raise_ends_a_loop = assert_ends_at_once(RAISE) { client.stream("Hello", options: STALLED).to_a }
  def test_raise_ends_a_lazy_chain = assert_ends_at_once(RAISE) { client.stream("Hello", options: STALLED).lazy.map(&:text).to_a }
  def test_raise_ends_result = assert_ends_at_once(RAISE) { client.stream("Hello", options: STALLED).result }
  def test_raise_ends_other_paths
    assert_ends_at_once(RAISE) { client.request("/embeddings", { input: "sea" }, options: fault("slow_first_byte=60000")) }
  end

  def test_timeout_ends_a_wait
    late = assert_gives_up(RUNS) do
      Array.new(RUNS) do
        began = now
        assert_raises(Timeout::Error) { Timeout.timeout(0.1) { client.stream("Hello", options: STALLED) { nil } } }
        now - began - 0.1
      end
    end.sort
    puts format("%s: late by median %.2f, max %.2f ms of %d", name, late[RUNS / 2] * 1e3, late.last * 1e3, RUNS) if LONG
    assert_operator late[RUNS / 2], :<, AT_ONCE_S
  end

  # A program of its own, because Ctrl-C is for the main thread.
  def test_ctrl_c_ends_a_program_that_waits
    assert_gives_up do
      input, output, child = program('begin; $client.stream("Hello", options: $stalled) { |c| puts "text" if c.text? }
                                      rescue Interrupt; puts "interrupted"; end; puts $client.chat("Again").finish_reason')
      assert_equal "text\n", output.gets
      Process.kill("INT", child.pid)
      assert_equal %W[interrupted\n stop\n], output.readlines
      assert_predicate child.value, :success?
    ensure
      [input, output].each(&:close)
    end
  end

  def test_a_signal_handler_may_cancel
    assert_gives_up do
      input, output, child = program('stream = $client.stream("Hello", options: $stalled); trap("USR1") { stream.cancel }
                                      begin; stream.each { |c| puts "text" if c.text? }
                                      rescue Chatabi::CancelledError => e; puts e.partial.text; end')
      assert_equal "text\n", output.gets
      Process.kill("USR1", child.pid)
      assert_equal "[emulator]\n", output.gets
      assert_predicate child.value, :success?
    ensure
      [input, output].each(&:close)
    end
  end

  def program(text)
    Open3.popen2({ "PLACE" => JSON.generate([Emulator["url"], Emulator["api_key"]]) }, RbConfig.ruby, "-I", $LOAD_PATH.first, "-rchatabi",
                 "-e", '$stdout.sync = true; url, key = JSON.parse(ENV["PLACE"]); $stalled = { headers: { "x-emulator-fault": "stall=2" } }
                        $client = Chatabi::Client.new(base_url: "#{url}/v1", model: "gpt-4o-mini", auth: ["api_key", key])', "-e", text)
  end

  def test_other_threads_run_during_a_wait
    count = 0
    counter = Thread.new { loop { sleep(0.002) && count += 1 } }
    before = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
    stream = stalled_stream
    count = 0
    assert_equal false, stream.next(timeout: LONG ? 10 : 1)
    counted = count
    counter.kill
    used = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - before
    puts format("%s: counted to %d, %.1f ms of processor time", name, counted, used * 1e3) if LONG
    assert_operator counted, :>, 50 # of 500; none when the lock of the interpreter is held
    assert_operator used, :<, LONG ? 1 : 0.5
  end

  def test_fibers_wait_by_the_scheduler
    texts = {}
    scheduler = Scheduler.new
    Thread.new do
      Fiber.set_scheduler(scheduler)
      4.times do |i|
        Fiber.schedule { texts[i] = client.stream("Fiber #{i}", options: fault("pace=3")).each_text.to_a.join }
      end
      Fiber.schedule { texts[:whole] = client.chat("Whole", options: fault("slow_first_byte=50")).text }
      Fiber.schedule { texts[:external] = client.stream("External").each.then { |chunks| [chunks.next, chunks.next].last.to_s } }
      Fiber.schedule { texts[:late] = stalled_stream.then { |stream| [stream.next(timeout: 0.05), stream.close] } }
    end.join(60) or flunk("the fibers do not end")
    4.times { |i| assert_includes texts[i], "“Fiber #{i}”" }
    assert_includes texts[:whole], "“Whole”"
    assert_equal ["[emulator]", [false, nil]], texts.values_at(:external, :late)
    assert_operator scheduler.io_waits, :>, 40
  end

  # One fiber reads, the other takes what it left.
  def test_fibers_that_read_one_stream_take_turns
    stream = client.stream("Hello", options: fault("pace=3"))
    parts = []
    Thread.new do
      Fiber.set_scheduler(Scheduler.new)
      2.times { Fiber.schedule { stream.each_text { |text| parts << text } } }
    end.join(60) or flunk("the fibers do not end")
    assert_equal stream.result.text, parts.join
  end

  Disturbed = Class.new(StandardError)
  DISTURBANCES = [
    ->(stream, _) { stream.close }, ->(stream, _) { stream.cancel }, ->(_, readers) { readers.each(&:kill) },
    ->(_, readers) { readers[0].raise(Disturbed) }, ->(stream, _) { Timeout.timeout(0.003) { stream.result } }, ->(stream, _) { stream.result }
  ].freeze

  # Streams with two readers each, disturbed at any moment: nobody hangs, nothing crashes, and nothing is left.
  def test_whatever_comes_at_whatever_moment
    ends = now + (LONG ? 30 : 0.7)
    Array.new(LONG ? 8 : 4) { Thread.new { disturb_a_stream(rand * 0.03, DISTURBANCES.sample) while now < ends } }.each(&:value)
    counters = client.status["counters"]
    puts "#{name}: #{counters}" if LONG
    eventually("none is under way") { client.status["counters"]["in_flight"].zero? }
    assert_operator Dir.children("/proc/self/fd").size, :<, 60
  end

  def disturb_a_stream(seconds, disturbance)
    stream = client.stream("Hello", options: fault("pace=1,long=40"))
    readers = Array.new(2) { Thread.new { stream.each { nil } }.tap { |reader| reader.report_on_exception = false } }
    sleep seconds
    quietly { disturbance.call(stream, readers) }
    readers.each { |reader| quietly { reader.join(30) or flunk("a reader hangs: #{stream.inspect}") } }
    stream.close
    assert_predicate stream, :closed?
  end

  def quietly
    yield
  rescue Chatabi::Error, Timeout::Error, Disturbed
    nil
  end

  # The test holds the stream's lock, as any other thread may for a moment.
  def with_lock_of(stream)
    lock = stream.instance_variable_get(:@lock)
    lock.lock
    thread = yield
    eventually("it waits for the lock") { thread.stop? }
    lock
  end

  def test_what_is_closed_while_another_thread_has_it_is_no_whole_answer
    stream = stalled_stream
    closer = nil
    with_lock_of(stream) { closer = Thread.new { stream.close } }.unlock
    closer.join
    assert_equal "[emulator]", assert_raises(Chatabi::CancelledError) { stream.result }.partial.text
  end

  def test_a_second_interrupt_does_not_keep_the_first_from_ending_the_request
    stream = client.stream("Hello", options: STALLED)
    reader = Thread.new { stream.each { sleep } }
    reader.report_on_exception = false
    eventually("it is in the block") { waits?(reader, Emulator.stats["chat"]) }
    lock = with_lock_of(stream) { reader.tap { reader.raise(Disturbed) && sleep(0.05) } }
    reader.raise(Interrupt)
    sleep 0.05
    lock.unlock
    assert_raises(Interrupt, Disturbed) { reader.value }
    assert_predicate stream, :closed?
  end

  # Where no file descriptor is left, streams look from time to time.
  def test_without_file_descriptors
    text = client.chat("Hello").text
    limit = Process.getrlimit(:NOFILE)
    files = []
    Process.setrlimit(:NOFILE, 64, limit.last)
    begin
      loop { files << File.open(File::NULL) }
    rescue Errno::EMFILE
      stream = client.stream("Hello", options: fault("pace=3")) # over the connection that is there
      assert_raises(IOError) { stream.to_io }
      assert_equal text, stream.each_text.to_a.join
    end
  ensure
    files.each(&:close)
    Process.setrlimit(:NOFILE, *limit)
  end
end
