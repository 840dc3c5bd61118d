# frozen_string_literal: true

# SPDX-License-Identifier: MIT
# The README as a stranger follows it: its shell block builds the gem and installs it into an empty place, and every
# Ruby block is run as it stands with the gem from there. The library that they load leads what is meant for Google
# or OpenAI to an emulator (spec/readme/redirect.c).
require "fileutils"
require "minitest/autorun"
require "open3"
require "rbconfig"
require "shellwords"
require "timeout"
require "tmpdir"

class ReadmeTest < Minitest::Test
  ROOT = File.expand_path("../../..", __dir__)
  FOLDER = File.join(ROOT, "bindings/ruby")
  BLOCKS = File.read(File.join(FOLDER, "README.md")).scan(/^```(\w+)\n(.*?)^```$/m).freeze

  def test_every_block
    Dir.mktmpdir do |place|
      with_emulator(place) do |environment|
        environment["CHATABI_LIBRARY"] = ENV.fetch("CHATABI_REDIRECTED")
        File.write(environment["GEMRC"] = "#{place}/gemrc", "gem: --local --no-document") # asks no server
        FileUtils.cp_r(FOLDER, File.join(place, "checkout"))
        languages = BLOCKS.map { |language, code| run_block(language, code, environment, File.join(place, "checkout")) }
        assert_equal %w[sh], languages.uniq - %w[ruby]
        assert_operator languages.count("ruby"), :>=, 6
        assert_equal "#{place}/gems/gems/chatabi-0.1.0/lib/chatabi.rb", loaded(environment)
      end
    end
  end

  def run_block(language, code, environment, folder)
    command = language == "sh" ? ["sh", "-e", "-c", code] : [RbConfig.ruby, "-w", "-e", code]
    output, errors, status = Timeout.timeout(60) { Open3.capture3(environment, *command, chdir: folder, stdin_data: "") }
    assert status.success?, "#{code}\n#{output}\n#{errors}"
    refute_empty output.strip, code
    refute_match(/warn/, errors, code)
    language
  end

  def loaded(environment)
    Open3.capture2(environment, RbConfig.ruby, "-e", 'require "chatabi"; print $LOADED_FEATURES.grep(/chatabi.rb/)[0]').first
  end

  # The environment of a user: credentials of Google's, a key, and the gems of the system beside an empty place.
  def with_emulator(place)
    options = %W[--tls --quiet --until-eof --print-env --pace 1 --project my-project --dir #{place}]
    Open3.popen2(ENV.fetch("CHATABI_EMULATOR"), *options) do |input, output|
      environment = Shellwords.split(output.gets).drop(1).to_h { |pair| pair.split("=", 2) }
      yield environment.merge("OPENAI_BASE_URL" => nil, "GCE_METADATA_HOST" => "127.0.0.1:1", "GEM_HOME" => "#{place}/gems",
                              "GEM_PATH" => [Gem.path, "#{place}/gems"].join(":"), "HOME" => place, "LANG" => "C.UTF-8")
      input.close
    end
  end
end
