# frozen_string_literal: true

# SPDX-License-Identifier: MIT
# What lives how long: collected, compacted, dropped half-way, forked, in Ractors. Nothing may crash, grow or be left.
require_relative "helper"
require "fileutils"
require "rbconfig"
require "tmpdir"

class LifeTest < HostTest
  CYCLES = LONG ? 1000 : 40

  def held = { fds: Dir.children("/proc/self/fd").size, threads: Dir.children("/proc/self/task").size }

  def collect = 3.times { GC.start }

  def test_a_stream_that_is_dropped_half_way_is_cancelled_by_the_collector
    before = Emulator.stats["disconnected"]
    Thread.new { 5.times { stalled_stream } }.join
    eventually("they are collected, but for one that may still be on a stack") do
      collect
      Emulator.stats["disconnected"] >= before + 4
    end
  end

  def test_a_client_lives_as_long_as_its_streams
    streams = Thread.new { Array.new(5) { new_client.stream("Hello", options: fault("pace=5")) } }.value
    5.times { collect }
    streams.each { |stream| assert_includes stream.result.text, "Hello" }
  end

  def test_cycles_do_not_grow
    cycle = lambda do
      made = new_client
      made.chat("Hello", max_tokens: 2)
      made.stream("Hello", max_tokens: 2) { nil }
      made.stream("Hello").first(2)
      made.stream("Hello") # dropped, as the client is
    end
    4.times { cycle.call }
    collect
    sleep 0.1
    before = held
    highest = 0
    CYCLES.times { |i| cycle.call && (i % 20).zero? && highest = [highest, held[:fds]].max }
    puts "#{name}: #{CYCLES} cycles, before #{before}, highest #{highest} descriptors" if LONG
    eventually("descriptors and threads are those of before, not #{held}") do
      collect
      held.all? { |what, number| number <= before[what] + 2 }
    end
  end

  def test_answers_that_were_read_hold_no_descriptors
    client.chat("Hello")
    before = held
    kept = Array.new(30) { client.stream("Hello", max_tokens: 3).tap(&:to_a) }
    assert_operator held[:fds], :<=, before[:fds] + 4, "30 streams"
    assert_equal 1, kept.map { |stream| stream.result.text }.uniq.size
  end

  def test_under_stress_of_the_collector
    expected = client.chat("Hi", max_tokens: 5).text
    GC.stress = LONG || 1 # 1: young objects only, which is quick
    text = client.stream("Hi", max_tokens: 5).each_text.to_a.join
    error = error_of { client.chat("Hi", options: fault("cut=2")) }
    GC.stress = false
    assert_equal [expected, "DISCONNECT"], [text, error.name]
  ensure
    GC.stress = false
  end

  def test_under_compaction
    skip "this Ruby does not compact" unless GC.respond_to?(:compact)
    expected = client.chat("Hello").text
    chunks = []
    client.stream("Hello") { |chunk| GC.compact if (chunks << chunk).size % 5 == 0 }
    GC.compact
    assert_equal expected, chunks.map(&:to_s).join
    GC.verify_compaction_references(toward: :empty, double_heap: true) if LONG
    assert_equal expected, client.chat("Hello").text
  end

  def error_of
    yield
    nil
  rescue Chatabi::Error => e
    e
  end

  # ---- fork ----

  # Runs the block in a forked child, which then ends as programs do, finalizers and all; what it returned.
  def in_child
    output, input = IO.pipe
    pid = fork do
      output.close
      input.write(Marshal.dump(begin
        yield
      rescue Exception => e # rubocop:disable Lint/RescueException
        "#{e.class}: #{e.message}"
      end))
      input.close
    end
    input.close
    said = Timeout.timeout(30) { output.read }
    Process.wait(pid)
    assert_predicate $?, :success?, $?.inspect
    Marshal.load(said)
  end

  # As Puma, Unicorn, Spring and Resque do it: the parent has used its client, and may be in the middle of a stream.
  def test_a_forked_child_is_told_and_a_new_client_works
    stream = client.stream("Hello", options: fault("pace=5"))
    reader = Thread.new { stream.each_text.to_a.join }
    names, message, text = in_child do
      calls = [-> { client.chat("Hi") }, -> { client.status }, -> { client.start }, -> { client.set_token("x") }, -> { client.stop(1) }]
      errors = calls.map { |call| error_of(&call) }
      client.log
      [errors.map(&:name), errors[0].message, new_client.chat("In the child").text]
    end
    assert_equal ["FORKED"] * 5, names
    assert_match(/before a fork/, message)
    assert_includes text, "In the child"
    assert_equal client.chat("Hello").text, reader.value
  end

  def test_a_forked_child_cannot_read_the_parents_stream_nor_end_it
    stream = client.stream("Hello", options: fault("pace=5"))
    stream.next
    seen = in_child do
      stream.cancel
      name = error_of { stream.next }.name
      stream.close
      client.close
      collect
      name
    end
    assert_equal "FORKED", seen
    assert_includes stream.result.text, "Hello"
  end

  def test_a_child_ends_well_while_its_parent_waits
    stream = stalled_stream
    reader = Thread.new { error_of { stream.next }.name }
    eventually("the reader waits") { reader.stop? }
    assert_nil in_child { nil }
    assert_nil Thread.new { in_child { nil } }.value
    assert_equal(%w[FORKED FORKED], in_child { [error_of { stream.next }.name, error_of { stream.result }.name] })
    assert_nil(in_child { stream.close })
    stream.cancel
    assert_equal "CANCELLED", reader.value
  end

  # ---- Ractors ----

  # With ffi before 1.16 pointers belong to the main Ractor: what matters is that Ruby says so, and that nothing crashes.
  def test_another_ractor_is_refused_by_an_ffi_that_cannot
    skip "ffi #{FFI::VERSION} may be able to" if Gem::Version.new(FFI::VERSION) >= Gem::Version.new("1.16")
    output, status = Open3.capture2e({ "PLACE" => "#{Emulator["url"]}/v1" }, RbConfig.ruby, "-W:no-experimental",
                                     "-I", $LOAD_PATH.first, "-e", <<~'END')
      require "chatabi"
      ractor = Ractor.new do
        Chatabi::Client.new
      rescue Ractor::UnsafeError => e
        e.class.to_s
      end
      puts ractor.take, Chatabi::Client.new(base_url: ENV["PLACE"], model: "m", auth: "none").chat("Hello").finish_reason
    END
    assert_equal ["Ractor::UnsafeError\nstop\n", true], [output, status.success?]
  end

  # ---- the library ----

  def load_with(library, folder = $LOAD_PATH.first)
    Open3.capture2e({ "CHATABI_LIBRARY" => library, "LD_LIBRARY_PATH" => nil }, RbConfig.ruby, "-I", folder, "-e", <<~'END').first
      begin
        require "chatabi"
        print Chatabi.version
      rescue LoadError => e
        print e.message
      end
    END
  end

  def test_a_library_that_is_not_there_or_is_another_is_told
    assert_match(/\Achatabi: libchatabi cannot be loaded. Install it, or set CHATABI_LIBRARY to its path. .*nowhere.so/m, load_with("/nowhere.so"))
    assert_match(/cannot be loaded.*chatabi_abi_version/m, load_with("libc.so.6"))
    Dir.mktmpdir do |place|
      File.write("#{place}/other.c", "unsigned chatabi_abi_version(void);\nunsigned chatabi_abi_version(void) { return 2; }\n")
      assert system("cc", "-shared", "-fPIC", "-o", "#{place}/other.so", "#{place}/other.c")
      assert_match(/\Achatabi: the library has ABI version 2, and this gem is written for 1\. Install/, load_with("#{place}/other.so"))
    end
  end

  def test_the_library_is_found_beside_the_file
    Dir.mktmpdir do |place|
      FileUtils.cp_r($LOAD_PATH.first, place)
      File.symlink(File.realpath(ENV.fetch("CHATABI_LIBRARY")), "#{place}/lib/libchatabi.so.1")
      assert_equal Chatabi.version, load_with(nil, "#{place}/lib")
    end
  end
end
