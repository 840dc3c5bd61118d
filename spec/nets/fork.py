# SPDX-License-Identifier: MIT
"""A script that forks in the middle of a request, as multiprocessing does by default."""
import os
import sys
import time

import net

FORKED = -5
client = net.client("/10/5")
request = net.send(client)
time.sleep(net.delay_s)
pid = os.fork()
if pid == 0:
    assert net.request_next(request, 100) == FORKED
    assert net.client_start(client) == FORKED
    assert net.client_ready(client, 100) is None
    net.request_free(request)
    net.client_free(client)
    assert net.finish(net.send(net.client("/3/1"))) == 3
    sys.exit(0)
assert net.finish(request) == 10
assert os.waitpid(pid, 0) == (pid, 0)
