// SPDX-License-Identifier: MIT
// A script that ends while the I/O thread is at work.
'use strict'
const net = require('./net.js')

const when = process.argv[2]
if (when === 'refresh') {
  net.send(net.clientWithCredential())
} else if (when === 'stream') {
  const request = net.send(net.client('/1000000/0'))
  let event
  do event = net.requestNext(request, 8000); while (event > 1)
  net.must(event === 1, 'text')
} else {
  net.send(net.client('/60/10'))
}
setTimeout(() => {}, net.delayMs)
