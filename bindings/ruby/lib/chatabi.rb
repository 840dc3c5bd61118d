# frozen_string_literal: true

# SPDX-License-Identifier: MIT
# chatabi for Ruby: OpenAI-style chat completions from Vertex AI, OpenAI and compatible servers, by the C library.
require_relative "chatabi/version"
require_relative "chatabi/library"
require_relative "chatabi/answer"
require_relative "chatabi/stream"
require_relative "chatabi/client"

module Chatabi
  # The library as loaded, libcurl and its TLS library: "chatabi/0.1.0 (libcurl/...)".
  def self.version = Wire.utf8(C.chatabi_version)
end
