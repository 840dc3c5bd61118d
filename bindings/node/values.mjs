// SPDX-License-Identifier: MIT
// What goes to the library and comes from it, as JavaScript has it: JSON, errors, events, answers, numbers about a request.
import { randomUUID } from 'node:crypto';
import { errorName, errorText, requestInfo, requestJson, requestText } from './library.mjs';

// ---- JSON ----

// Integers that a number cannot hold become numbers all the same, as with JSON.parse, but their digits are kept with the object that
// they are in: where it is sent again, so are they. A BigInt is sent with all its digits too.
const digitsOf = new WeakMap(); // object -> { key: digits }
const mark = `integer ${randomUUID()} `;
const marked = new RegExp(`"${mark}(-?\\d+)"`, 'g');
const PERHAPS_LARGE = /[[:,\s]-?\d{16,}\s*[,\]}]/;
const NUMBERS = /-?\d[\d.eE+-]*/g;

const isLarge = (token) => /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token));
const markLarge = (token) => (isLarge(token) ? `"${mark}${token}"` : token);

// Where the string that begins at `at` is over.
function endOfString(text, at) {
  for (;;) {
    at = text.indexOf('"', at + 1);
    if (at < 0) return text.length;
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
}

// Numbers outside of strings. (One expression for both overflows the stack on strings of megabytes.)
function markAllLarge(text) {
  const pieces = [];
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return pieces.join('') + text.slice(at).replace(NUMBERS, markLarge);
    const end = endOfString(text, quote);
    pieces.push(text.slice(at, quote).replace(NUMBERS, markLarge), text.slice(quote, end));
    at = end;
  }
  return pieces.join('');
}

function keepDigits(key, value) {
  if (typeof value !== 'string' || !value.startsWith(mark)) return value;
  const digits = value.slice(mark.length);
  digitsOf.set(this, { ...digitsOf.get(this), [key]: digits });
  return Number(digits);
}

export function decode(text) {
  if (!PERHAPS_LARGE.test(text)) return JSON.parse(text);
  return JSON.parse(markAllLarge(text), keepDigits);
}

export function decodeOr(text, otherwise) {
  try {
    return decode(text);
  } catch {
    return otherwise;
  }
}

function markDigits(key, value) {
  if (typeof value === 'bigint') return mark + value;
  const digits = typeof value === 'number' ? digitsOf.get(this)?.[key] : undefined;
  return digits !== undefined && Number(digits) === value ? mark + digits : value;
}

export const encode = (value) => JSON.stringify(value, markDigits).replace(marked, '$1');

// ---- errors ----

export const NOMEM = -1;
export const CONFIG = -3;
export const STATE = -4;
export const CANCELLED = -50;
const FIELDS = ['http_status', 'provider_code', 'param', 'retryable', 'retry_after_ms', 'request_id', 'hint'];

// What went wrong, in the library's words. `name` is one of its error names, such as "RATE_LIMIT".
export class ChatabiError extends Error {
  constructor(code, message, { details = {}, partial, info } = {}) {
    super(message || errorText(code));
    this.code = code;
    for (const field of FIELDS) if (details[field] !== undefined && details[field] !== null) this[field] = details[field];
    if (partial) this.partial = partial;
    Object.defineProperty(this, 'name', { value: errorName(code), configurable: true, writable: true });
    Object.defineProperty(this, 'details', { value: details });
    Object.defineProperty(this, 'info', { value: info });
  }
}

// ---- answers and events ----

const isThought = (part) => part?.type === 'thinking' || part?.extra_content?.google?.thought === true;

// Some servers give content as a list of parts.
function textOf(content, thoughts = false) {
  if (typeof content === 'string') return thoughts ? '' : content;
  if (!Array.isArray(content)) return '';
  return content.filter((part) => isThought(part) === thoughts).map((part) => part?.text ?? textOf(part?.thinking)).join('');
}

function reasoningOf(message) {
  const reasoning = message?.reasoning_content ?? message?.reasoning;
  return (typeof reasoning === 'string' ? reasoning : textOf(message?.content, true)) || undefined;
}

// What nearly everyone wants of a completion, beside all of it.
export class Answer {
  #raw;
  constructor(raw, info) {
    this.#raw = raw;
    this.completion = decodeOr(raw, raw);
    const choice = this.completion?.choices?.[0];
    this.message = choice?.message ?? undefined;
    this.text = textOf(this.message?.content ?? choice?.text);
    this.reasoning = reasoningOf(this.message);
    this.refusal = this.message?.refusal || undefined;
    this.tool_calls = this.message?.tool_calls?.length ? this.message.tool_calls : undefined;
    this.finish_reason = choice?.finish_reason ?? undefined;
    this.usage = this.completion?.usage ?? undefined;
    this.info = info;
  }
  get raw() { return this.#raw; }
  toString() { return this.text; }
}

export const DONE = 5;
const TYPES = { 1: 'text', 2: 'reasoning', 3: 'tool', 6: 'refusal' };
const CHOICE = 12;

export class StreamEvent {
  #json;
  constructor(code, handle) {
    this.type = TYPES[code] ?? 'other';
    this.text = requestText(handle);
    this.choice = Number(requestInfo(handle, CHOICE));
    this.raw = requestJson(handle);
  }
  get json() { return (this.#json ??= this.raw ? decode(this.raw) : undefined); }
}

// ---- numbers about a request ----

export const STATES = [, 'queued', 'auth', 'connecting', 'waiting', 'streaming', 'retrying', 'done', 'failed'];
const FINISHES = [, 'stop', 'length', 'tool_calls', 'content_filter', 'other'];
const INFO = {
  id: 1, http_status: 2, attempts: 3, retry_after_ms: 4, first_byte_ms: 5, first_text_ms: 6, total_ms: 7, prompt_tokens: 8, completion_tokens: 9,
  total_tokens: 10, retryable: 11, choice: CHOICE, http_version: 13, bytes: 14, output_tokens: 15, reasoning_tokens: 16, cached_tokens: 17,
  finish: 18, place: 19,
};

// What is not known (yet) is not in it.
export function readInfo(handle) {
  const known = Object.entries(INFO).map(([name, what]) => [name, Number(requestInfo(handle, what))]).filter(([, number]) => number >= 0);
  const info = Object.fromEntries(known);
  if ('retryable' in info) info.retryable = info.retryable === 1;
  info.finish = FINISHES[info.finish];
  if (!info.finish) delete info.finish;
  return info;
}
