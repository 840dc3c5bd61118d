# SPDX-License-Identifier: MIT
"""Ends while the library is at work, with nothing closed; run as the hosts of spec/nets are: exit.py SCENARIO"""
import os
import sys
import time

import chatabi

options = {"ca_file": os.environ["CHATABI_NET_CA"], "model": "net"}
url = os.environ["CHATABI_NET_URL"]
if sys.argv[1] == "refresh":
    client = chatabi.Client(provider="vertex", base_url=url, auth=("file", os.environ["CHATABI_NET_CREDENTIAL"]),
                            auth_allow_hosts="127.0.0.1", **options)
    stream = client.stream("x")
elif sys.argv[1] == "stream":
    client = chatabi.Client(base_url=url + "/1000000/0", auth="none", **options)
    stream = client.stream("x")
    while stream.next(8).type != "text":
        pass
else:
    client = chatabi.Client(base_url=url + "/60/10", auth="none", **options)
    stream = client.stream("x")
time.sleep(int(os.environ["CHATABI_NET_DELAY_MS"]) / 1000)
