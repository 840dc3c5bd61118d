# SPDX-License-Identifier: MIT
# What the Ruby hosts share: the library by the ffi gem, with the few functions that they call.
require "ffi"

module Net
  extend FFI::Library
  ffi_lib ENV.fetch("CHATABI_NET_LIB")
  DELAY_S = ENV.fetch("CHATABI_NET_DELAY_MS").to_i / 1000.0

  attach_function :chatabi_client_new, [], :pointer
  attach_function :chatabi_client_set, %i[pointer string string], :int
  attach_function :chatabi_client_set_auth, %i[pointer string string], :int
  attach_function :chatabi_client_start, [:pointer], :int
  attach_function :chatabi_client_send, %i[pointer string size_t string], :pointer
  attach_function :chatabi_client_ready, %i[pointer int], :pointer, blocking: true
  attach_function :chatabi_client_free, [:pointer], :void
  attach_function :chatabi_request_next, %i[pointer int], :int, blocking: true
  attach_function :chatabi_request_free, [:pointer], :void

  module_function

  def must(truth) = truth || abort("not so: #{caller(1, 1)}")

  def client(path)
    client = chatabi_client_new
    must chatabi_client_set(client, "base_url", ENV.fetch("CHATABI_NET_URL") + path) == 0
    must chatabi_client_set(client, "ca_file", ENV.fetch("CHATABI_NET_CA")) == 0
    must chatabi_client_set_auth(client, "none", nil) == 0
    client
  end

  def send_to(client)
    body = '{"model":"net","stream":true,"messages":[{"role":"user","content":"x"}]}'
    request = chatabi_client_send(client, body, body.bytesize, nil)
    must !request.null?
    request
  end

  # Reads to the end; the number of text events.
  def finish(request)
    texts = 0
    loop do
      event = chatabi_request_next(request, 8000)
      texts += 1 if event == 1
      return texts if event == 5
      abort "the request ended with #{event}" unless event.positive?
    end
  end
end
