# SPDX-License-Identifier: MIT
# The host's handler runs for every signal.
require_relative "net"

count = 0
trap("USR1") { count += 1 }
request = Net.send_to(Net.client("/20/2"))
100.times do |i|
  Process.kill("USR1", Process.pid)
  sleep 0.0005 while count == i
end
Net.must Net.finish(request) == 20
Net.must count == 100
