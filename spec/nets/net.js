// SPDX-License-Identifier: MIT
// What the Node hosts share: the library by koffi, with the few functions that they call. koffi comes from
// CHATABI_NODE_MODULES, or from where Node looks by itself.
'use strict'
const path = require('path')
const modules = process.env.CHATABI_NODE_MODULES
const koffi = require(modules ? path.join(modules, 'koffi') : 'koffi')
const lib = koffi.load(process.env.CHATABI_NET_LIB)

const clientNew = lib.func('void *chatabi_client_new()')
const clientSet = lib.func('int chatabi_client_set(void *client, const char *key, const char *value)')
const clientSetAuth = lib.func('int chatabi_client_set_auth(void *client, const char *source, const char *value)')
const clientSend = lib.func('void *chatabi_client_send(void *client, const char *body, size_t len, const char *options)')
const requestNext = lib.func('int chatabi_request_next(void *request, int timeout_ms)')

function must(truth, what) {
  if (!truth) throw new Error(`not so: ${what}`)
}

function client(suffix) {
  const it = clientNew()
  must(clientSet(it, 'base_url', process.env.CHATABI_NET_URL + suffix) === 0, 'base_url')
  must(clientSet(it, 'ca_file', process.env.CHATABI_NET_CA) === 0, 'ca_file')
  must(clientSetAuth(it, 'none', null) === 0, 'none')
  return it
}

function send(to) {
  const body = '{"model":"net","stream":true,"messages":[{"role":"user","content":"x"}]}'
  const request = clientSend(to, body, Buffer.byteLength(body), null)
  must(request, 'send')
  return request
}

// Reads to the end; the number of text events.
function finish(request) {
  for (let texts = 0; ;) {
    const event = requestNext(request, 8000)
    if (event === 1) texts++
    if (event === 5) return texts
    must(event > 0, `the request ended with ${event}`)
  }
}

module.exports = { client, send, finish, requestNext, must,
  delayMs: Number(process.env.CHATABI_NET_DELAY_MS) }
