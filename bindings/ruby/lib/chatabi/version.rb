# frozen_string_literal: true

# SPDX-License-Identifier: MIT
module Chatabi
  VERSION = "0.1.0"
end
