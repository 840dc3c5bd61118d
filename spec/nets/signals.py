# SPDX-License-Identifier: MIT
"""The host's handler runs for every signal, also for one that came while the main thread had it blocked."""
import os
import signal
import time

import net

count = 0


def handler(number, frame):
    global count
    count += 1


signal.signal(signal.SIGUSR1, handler)
request = net.send(net.client("/20/2"))
for i in range(100):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    os.kill(os.getpid(), signal.SIGUSR1)
    time.sleep(0.0005)
    assert signal.SIGUSR1 in signal.sigpending(), "another thread took it"
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
assert net.finish(request) == 20
assert count == 100, count
