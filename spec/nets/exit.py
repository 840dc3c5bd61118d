# SPDX-License-Identifier: MIT
"""A script that ends while the I/O thread is at work."""
import sys
import time

import net

when = sys.argv[1]
if when == "refresh":
    net.send(net.client_with_credential())
elif when == "stream":
    request = net.send(net.client("/1000000/0"))
    while (event := net.request_next(request, 8000)) > 1:
        pass
    assert event == 1
else:
    net.send(net.client("/60/10"))
time.sleep(net.delay_s)
