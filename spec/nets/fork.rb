# SPDX-License-Identifier: MIT
# A script that forks in the middle of a request, as Puma and Unicorn do.
require_relative "net"

FORKED = -5
client = Net.client("/10/5")
request = Net.send_to(client)
sleep Net::DELAY_S
pid = fork do
  Net.must Net.chatabi_request_next(request, 100) == FORKED
  Net.must Net.chatabi_client_start(client) == FORKED
  Net.must Net.chatabi_client_ready(client, 100).null?
  Net.chatabi_request_free(request)
  Net.chatabi_client_free(client)
  Net.must Net.finish(Net.send_to(Net.client("/3/1"))) == 3
end
Net.must Net.finish(request) == 10
Process.wait(pid)
Net.must $?.success?
