// SPDX-License-Identifier: MIT
// chatabi for Node: OpenAI-style chat completions by the library's C ABI, called through koffi. README.md tells how it is used,
// chatabi.d.ts every name.
//
// No call here waits, and nothing calls back from another thread: a stream whose reader waits has its descriptor polled by Node's own
// loop. Streams that nobody reads are not polled, so what comes for them stays in the library, which holds the connection back.
import { setMaxListeners } from 'node:events';
import { isMainThread } from 'node:worker_threads';
import {
  clientFree, clientLog, clientMessage, clientNew, clientSend, clientSet, clientSetAuth, clientStart, clientStatus, clientStop, libraryVersion,
  requestCancel, requestErrorJson, requestFree, requestHeader, requestMessage, requestNext, requestResult, requestState,
} from './library.mjs';
import { Answer, CANCELLED, CONFIG, ChatabiError, DONE, NOMEM, STATE, STATES, StreamEvent, decode, decodeOr, encode, readInfo } from './values.mjs';
import { nextTurn, turnIsOver, untilReadable } from './waiting.mjs';

export { ChatabiError };

// "chatabi/0.1.0 (libcurl/... OpenSSL/... ...)", as in use.
export const version = () => libraryVersion();

// ---- what is held of the library ----

// What a stream or a client holds, apart from it, so that the collector can take it: freed once, whoever comes first.
const collected = new FinalizationRegistry((held) => held.free());

function holdRequest(handle) {
  return {
    handle,
    free() {
      this.poll?.close(); // before its descriptor
      this.unlisten?.();
      if (this.handle) requestFree(this.handle);
      this.handle = this.poll = null;
    },
  };
}

// A worker's end is seen by nobody else, and its clients would go on.
const clients = new Set();
if (!isMainThread) process.once('exit', () => clients.forEach((held) => held.free()));

function holdClient(handle) {
  const held = {
    handle,
    free() {
      if (this.handle) clientFree(this.handle);
      this.handle = null;
      clients.delete(this);
    },
  };
  clients.add(held);
  return held;
}

// ---- a stream ----

export class Stream {
  #client; // the client stays as long as its streams
  #held;
  #busy = false; // a call of next() is under way
  #line = []; // those that wait for it
  #answer;
  #error;
  #reason; // why a signal ended it
  #info;
  #quiet = false; // whoever read it has left, or knows how it ended

  constructor(client, handle, signal) {
    this.#client = client;
    this.#held = holdRequest(handle);
    collected.register(this, this.#held, this.#held);
    if (signal) this.#listen(signal);
  }

  #listen(signal) {
    const stream = new WeakRef(this); // a signal that lives long does not keep it
    const abort = () => stream.deref()?.#end(CANCELLED, signal.reason);
    if (signal instanceof EventTarget) setMaxListeners(0, signal); // one signal for many requests is no leak to be warned of
    signal.addEventListener('abort', abort, { once: true });
    this.#held.unlisten = () => signal.removeEventListener('abort', abort);
  }

  // The end: what is known of the request is taken over, and its handle freed.
  #end(code, reason) {
    const { handle, wake } = this.#held;
    if (!handle) return;
    if (code === CANCELLED) {
      requestCancel(handle);
      code = requestNext(handle, 0);
    }
    this.#info = readInfo(handle);
    const raw = requestResult(handle);
    const answer = raw ? new Answer(raw, this.#info) : undefined;
    if (code === DONE) this.#answer = answer;
    else this.#fail(code, answer, reason);
    collected.unregister(this.#held);
    this.#held.free();
    wake?.();
  }

  #fail(code, partial, reason) {
    const details = decodeOr(requestErrorJson(this.#held.handle), {});
    this.#error = new ChatabiError(code, requestMessage(this.#held.handle), { details, partial, info: this.#info });
    this.#reason = reason;
  }

  // How it ended, to one who reads; once, as generators do.
  #lastWord() {
    if (this.#quiet || !this.#error) return { done: true, value: undefined };
    this.#quiet = true;
    throw this.#reason ?? this.#error;
  }

  async #take(wanted) {
    const held = this.#held;
    for (let looks = 0; held.handle; looks++) {
      if (turnIsOver()) await new Promise(nextTurn);
      if (!held.handle) break;
      const code = requestNext(held.handle, 0);
      if (code > 0 && code !== DONE) return { done: false, value: wanted ? new StreamEvent(code, held.handle) : undefined };
      if (code) this.#end(code);
      else await untilReadable(held, looks);
    }
    return this.#lastWord();
  }

  // Calls that come while one waits stand in line behind it.
  async #next(wanted) {
    if (this.#busy) await new Promise((go) => this.#line.push(go));
    this.#busy = true;
    try {
      return await this.#take(wanted);
    } finally {
      this.#busy = this.#line.length > 0;
      this.#line.shift()?.();
    }
  }

  next() { return this.#next(true); }

  // Left early: the request ends, and nobody is told.
  async return(value) {
    this.close();
    return { done: true, value };
  }

  [Symbol.asyncIterator]() { return this; }

  // Reads what is left. The whole answer, or what ended it.
  async result() {
    while (this.#held.handle || this.#busy) await this.#next(false);
    if (this.#error) throw this.#reason ?? this.#error;
    return this.#answer;
  }

  // Ends the request; whoever reads gets the error CANCELLED.
  cancel() { this.#end(CANCELLED); }

  close() {
    this.#quiet = true;
    this.#end(CANCELLED);
  }

  [Symbol.dispose]() { this.close(); }
  async [Symbol.asyncDispose]() { this.close(); }

  // The error that ended it, also when a signal did and its reason was thrown.
  get error() { return this.#error; }
  get info() { return this.#info ?? readInfo(this.#held.handle); }
  get state() { return this.#held.handle ? STATES[requestState(this.#held.handle)] : this.#error ? 'failed' : 'done'; }
  header(name) { return (this.#held.handle && requestHeader(this.#held.handle, name)) ?? undefined; }
}

// ---- a client ----

function textOfOption(value) {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Number.isInteger(value)) return String(BigInt(value)); // never 1e+21
  return value !== null && typeof value === 'object' ? encode(value) : value === null ? null : String(value);
}

// Headers, maps and lists of pairs, as fetch takes them, would be {} or a list in JSON.
function plain(headers) {
  return typeof headers === 'object' && headers?.[Symbol.iterator] ? Object.fromEntries(headers) : headers;
}

function bodyOf(given, streamed) {
  if (typeof given === 'string') given = { messages: [{ role: 'user', content: given }] };
  else if (Array.isArray(given)) given = { messages: given };
  else if (given === null || typeof given !== 'object')
    throw new TypeError(`The body is a text, a list of messages or an object, not ${given === null ? 'null' : typeof given}.`);
  return encode(streamed ? { ...given, stream: true } : given);
}

export class Client {
  #held;

  // Options of core/OPTIONS.md, and `auth`: a source, or [source, value].
  constructor({ auth, ...options } = {}) {
    this.#held = holdClient(clientNew());
    collected.register(this, this.#held, this.#held);
    try {
      for (const [key, value] of Object.entries(options)) if (value !== undefined) this.#set(clientSet, key, value);
      if (auth !== undefined) this.#authorize(...[auth].flat());
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get #handle() {
    if (this.#held.handle) return this.#held.handle;
    throw new ChatabiError(STATE, 'This client is closed.');
  }

  #must(code) {
    if (code) throw new ChatabiError(code, clientMessage(this.#handle));
  }

  // The library's texts end at their first NUL: half a key must not pass for the whole.
  #set(setter, key, value) {
    const text = textOfOption(key === 'headers' ? plain(value) : value);
    if (`${key}${text}`.includes('\0')) throw new ChatabiError(CONFIG, `Option ${JSON.stringify(key)} has a NUL character in its name or value.`);
    this.#must(setter(this.#handle, key, text));
  }

  #authorize(source, value = null) { this.#set(clientSetAuth, source, value); }

  #send(body, { signal, ...options } = {}) {
    signal?.throwIfAborted();
    if (options.headers) options.headers = plain(options.headers);
    const bytes = Buffer.from(body);
    const handle = clientSend(this.#handle, bytes, bytes.length, Object.keys(options).length ? encode(options) : null);
    if (!handle) throw new ChatabiError(NOMEM);
    return new Stream(this, handle, signal);
  }

  // The whole answer. `body`: one user message, a list of messages, or an object with OpenAI's field names.
  async chat(body, options) { return this.#send(bodyOf(body, false), options).result(); }

  stream(body, options) { return this.#send(bodyOf(body, true), options); }

  // Any other path: what the server sent. A body that is a text is sent as it is.
  async request(path, body, options = {}) {
    const own = typeof options === 'string' ? { method: options } : options;
    const method = own.method ?? (body === undefined ? 'GET' : 'POST');
    const text = body === undefined ? '' : typeof body === 'string' ? body : encode(body);
    return (await this.#send(text, { ...own, path, method }).result())?.completion;
  }

  start() { this.#must(clientStart(this.#handle)); }

  // Another access token, for clients of auth ["token", ...]: the next attempt of any request uses it.
  setToken(token) { this.#authorize('token', token); }

  status() { return decode(clientStatus(this.#handle)); }

  // The lines that were logged since.
  log() {
    const lines = [];
    for (let line; (line = clientLog(this.#handle)) !== null; ) lines.push(line);
    return lines;
  }

  // Cancels all and waits for the connections' end: true when they have ended, false when that takes longer than `timeout_ms`.
  async stop(timeout_ms = 1000) {
    const until = performance.now() + timeout_ms;
    while (clientStop(this.#handle, 0)) {
      if (performance.now() >= until) return false;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return true;
  }

  // Never waits. Requests that are under way end with the error CLOSED.
  close() {
    collected.unregister(this.#held);
    this.#held.free();
  }

  [Symbol.dispose]() { this.close(); }
  async [Symbol.asyncDispose]() { this.close(); }
}
