# SPDX-License-Identifier: MIT
# A script that ends while the I/O thread is at work.
require_relative "net"

case ARGV[0]
when "refresh"
  Net.send_to(Net.client_with_credential)
when "stream"
  request = Net.send_to(Net.client("/1000000/0"))
  event = Net.chatabi_request_next(request, 8000)
  event = Net.chatabi_request_next(request, 8000) while event > 1
  Net.must event == 1
else
  Net.send_to(Net.client("/60/10"))
end
sleep Net::DELAY_S
