// SPDX-License-Identifier: MIT
// The library as the judges use it: a few functions over the plain ABI. Loaded with RTLD_DEEPBIND, because node exports
// an OpenSSL of its own that the library would else be bound to.
import { require } from './modules.mjs';

const koffi = require('koffi');
const path = process.env.CHATABI_LIBRARY;
if (!path) throw new Error('Set CHATABI_LIBRARY to the path of libchatabi.so.');
const library = koffi.load(path, { deep: true });

const declare = (result, name, ...types) => library.func(`chatabi_${name}`, result, types);
const version = declare('str', 'version');
const errorName = declare('str', 'error_name', 'int');
const clientNew = declare('void *', 'client_new');
const clientSet = declare('int', 'client_set', 'void *', 'str', 'str');
const clientSetAuth = declare('int', 'client_set_auth', 'void *', 'str', 'str');
const clientMessage = declare('str', 'client_message', 'void *');
const clientSend = declare('void *', 'client_send', 'void *', 'str', 'size_t', 'str');
const clientStatus = declare('str', 'client_status', 'void *');
const clientFree = declare('void', 'client_free', 'void *');
const requestNext = declare('int', 'request_next', 'void *', 'int');
const requestText = declare('str', 'request_text', 'void *', 'void *');
const requestJson = declare('str', 'request_json', 'void *', 'void *');
const requestResult = declare('str', 'request_result', 'void *', 'void *');
const requestMessage = declare('str', 'request_message', 'void *');
const requestErrorJson = declare('str', 'request_error_json', 'void *');
const requestInfo = declare('int64_t', 'request_info', 'void *', 'int');
const requestHeader = declare('str', 'request_header', 'void *', 'str');
const requestCancel = declare('void', 'request_cancel', 'void *');
const requestFree = declare('void', 'request_free', 'void *');

const KINDS = { 1: 'text', 2: 'reasoning', 3: 'tool', 4: 'other', 6: 'refusal' };
const DONE = 5;
const INFO = { http_status: 2, attempts: 3, retry_after_ms: 4, prompt_tokens: 8, completion_tokens: 9, total_tokens: 10, retryable: 11, http_version: 13 };

export { version };

// On a worker thread, so that servers in this process go on; `deadline` against a test that would hang.
const next = (request, ms) =>
  new Promise((resolve, reject) => requestNext.async(request, ms, (error, event) => (error ? reject(error) : resolve(event))));

async function nextInTime(request, deadline) {
  for (;;) {
    const event = requestNext(request, 0) || (await next(request, 100));
    if (event) return event;
    if (Date.now() > deadline) throw new Error('The request did not end in time.');
  }
}

const CHOICE = 12;
const describe = (request, event) => ({
  kind: KINDS[event] ?? 'other', choice: Number(requestInfo(request, CHOICE)), text: requestText(request, null), json: requestJson(request, null),
});

function summary(request, events, code) {
  const result = requestResult(request, null);
  const error = code === DONE ? null : errorName(code);
  return {
    events,
    text: events.filter((event) => event.kind === 'text').map((event) => event.text).join(''),
    result: result ? JSON.parse(result) : null,
    error,
    message: requestMessage(request),
    error_json: error && JSON.parse(requestErrorJson(request)),
    info: Object.fromEntries(Object.entries(INFO).map(([name, number]) => [name, Number(requestInfo(request, number))])),
    header: Object.fromEntries(['content-type', 'retry-after', 'server'].map((name) => [name, requestHeader(request, name)])),
  };
}

// A client for several requests. `options.auth` is [source, value]; all else are options of chatabi_client_set.
export function open({ auth, ...options }) {
  const client = clientNew();
  const check = (code, what) => {
    if (code) throw new Error(`${what}: ${errorName(code)}: ${clientMessage(client)}`);
  };
  for (const [key, value] of Object.entries(options))
    if (value !== undefined) check(clientSet(client, key, typeof value === 'object' ? JSON.stringify(value) : String(value)), key);
  if (auth) check(clientSetAuth(client, auth[0], auth[1] ?? null), 'auth');
  const send = async (body, { options: own, cancelAfter = Infinity, onEvent } = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const request = clientSend(client, text, Buffer.byteLength(text), own ? JSON.stringify(own) : null);
    const deadline = Date.now() + 15000;
    const events = [];
    try {
      let code;
      while ((code = await nextInTime(request, deadline)) > 0 && code !== DONE) {
        events.push(describe(request, code));
        onEvent?.(events.at(-1));
        if (events.length === cancelAfter) requestCancel(request);
      }
      return summary(request, events, code);
    } finally {
      requestFree(request);
    }
  };
  return {
    complete: send,
    stream: (body, more) => send({ ...body, stream: true }, more),
    status: () => JSON.parse(clientStatus(client)),
    close: () => clientFree(client),
  };
}

async function once(options, act) {
  const client = open(options);
  try {
    return await act(client);
  } finally {
    client.close();
  }
}

export const complete = (options, body, more) => once(options, (client) => client.complete(body, more));
export const stream = (options, body, more) => once(options, (client) => client.stream(body, more));
