// SPDX-License-Identifier: MIT
// The host's handler runs for every signal. SIGUSR1 belongs to Node's debugger.
'use strict'
const net = require('./net.js')

let count = 0
const request = net.send(net.client('/20/2'))

function again() {
  if (count < 100) {
    process.kill(process.pid, 'SIGUSR2')
  } else {
    net.must(net.finish(request) === 20, 'twenty texts')
    process.removeListener('SIGUSR2', onSignal)
  }
}

function onSignal() {
  count++
  setImmediate(again)
}

process.on('SIGUSR2', onSignal)
again()
