# frozen_string_literal: true

# SPDX-License-Identifier: MIT
require_relative "lib/chatabi/version"

Gem::Specification.new do |spec|
  spec.name = "chatabi"
  spec.version = Chatabi::VERSION
  spec.summary = "OpenAI-style chat completions from Vertex AI, OpenAI and compatible servers"
  spec.description = "Sends chat completions and reads the answer piece by piece, over libchatabi, a C library. Google credentials are " \
                     "found, exchanged and renewed inside it. Waits let other threads and fibers run, and end at once when interrupted."
  spec.authors = ["The chatabi authors"]
  spec.license = "MIT"
  spec.homepage = "https://github.com/chatabi/chatabi"
  spec.metadata = { "source_code_uri" => spec.homepage, "rubygems_mfa_required" => "true" }
  spec.required_ruby_version = ">= 3.1"
  spec.files = Dir.chdir(__dir__) { Dir["lib/**/*.rb", "sig/*.rbs", "README.md"] }
  spec.add_dependency "ffi", "~> 1.15"
  spec.requirements = ["libchatabi, ABI version 1"]
end
