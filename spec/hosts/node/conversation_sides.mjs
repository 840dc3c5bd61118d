// SPDX-License-Identifier: MIT
// A conversation as it goes through npm openai and through the library, told as fields that can be compared.
import assert from 'node:assert/strict';
import { complete, stream } from './chatabi.mjs';
import { require } from './modules.mjs';

const OpenAI = require('openai');

export const absent = '(absent)';

// ---- what is told of an answer ----

const parts = (content) => (content === undefined || content === null ? absent : typeof content === 'string' ? content : JSON.stringify(content));
const sorted = (value) =>
  value && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value;
const signature = (holder) => holder.extra_content?.google?.thought_signature ?? absent;

// Mistral's thoughts are parts of the content.
const thoughtsOf = ({ content, reasoning_content: first, reasoning: second }) =>
  first ?? second ?? (Array.isArray(content) ? content.flatMap((part) => part.thinking ?? []).map(({ text }) => text).join('') : '');

function tellMessage(fields, message) {
  fields.set('role', message.role ?? absent);
  fields.set('content', parts(message.content));
  fields.set('reasoning', thoughtsOf(message) || absent);
  fields.set('refusal', message.refusal ?? absent);
  fields.set('signature', signature(message));
  const calls = message.tool_calls ?? [];
  fields.set('tool calls', calls.length);
  calls.forEach((call, at) => {
    const say = (what, value) => fields.set(`call ${at + 1} ${what}`, value ?? absent);
    say('id', call?.id);
    say('type', call?.type);
    say('name', call?.function?.name);
    say('arguments', parts(call?.function?.arguments));
    say('signature', call && signature(call));
  });
}

// `course`: what was seen of a stream on its way.
function tell(completion, error, course = {}) {
  const fields = new Map(Object.entries(course));
  const choice = completion?.choices?.[0];
  if (choice?.message) tellMessage(fields, choice.message);
  fields.set('finish_reason', choice?.finish_reason ?? absent);
  fields.set('usage', completion?.usage ? JSON.stringify(sorted(completion.usage)) : absent);
  for (const [name, value] of Object.entries(error ?? { kind: 'none' })) fields.set(`error ${name}`, String(value ?? absent));
  return { fields, message: choice?.message, failed: error !== null };
}

// ---- the library ----

const said = (events, kind) => events.filter((event) => event.kind === kind).map((event) => event.text).join('');

// What else is delivered event by event must stand in the result as well.
function checkEvents({ events, result, error }) {
  const message = result?.choices?.[0]?.message;
  if (!message || error) return;
  assert.equal(said(events, 'reasoning'), thoughtsOf(message));
  assert.equal(said(events, 'refusal'), message.refusal ?? '');
  const calls = events.filter((event) => event.kind === 'tool').map((event) => JSON.parse(event.json));
  assert.deepEqual(calls, message.tool_calls ?? []);
}

// Every chunk is the JSON of one event.
const courseOf = (events) =>
  ({ 'text as it came': said(events, 'text'), chunks: events.filter((event) => event.kind !== 'tool' && event.json !== '').length });

export async function ours(place, body, { streamed, headers, wrongKey }) {
  const options = { proxy: '', max_retries: 0, ...place.options, headers };
  if (wrongKey) options.auth = [options.auth[0], 'wrong'];
  const answer = await (streamed ? stream : complete)(options, body);
  checkEvents(answer);
  const { error_json: told, error } = answer;
  return tell(answer.result, error && {
    kind: error, status: told.http_status, code: told.provider_code, type: told.provider_type, message: told.provider_message,
  }, streamed ? courseOf(answer.events) : {});
}

// ---- npm openai ----

const kinds = {
  BadRequestError: 'INVALID_REQUEST', AuthenticationError: 'UNAUTHENTICATED', PermissionDeniedError: 'PERMISSION', NotFoundError: 'NOT_FOUND',
  RateLimitError: 'RATE_LIMIT', InternalServerError: 'SERVER',
};

const errorOf = (error) => ({
  kind: kinds[error.constructor.name] ?? `${error.constructor.name}: ${error.message.split('\n')[0]}`,
  status: error.status, code: error.code, type: error.type,
  message: error.error === undefined ? undefined : error.message.replace(/^\d+ /, ''),
});

// Its own helper reads the stream where it can; what it had read when it gave up is told as well.
async function read(client, body, headers) {
  const runner = client.chat.completions.stream(body, { headers });
  const course = { 'text as it came': '', chunks: 0 };
  let snapshot;
  runner.on('chunk', ({ choices }, known) => {
    snapshot = known;
    course.chunks++;
    course['text as it came'] += parts(choices[0]?.delta?.content ?? '');
  });
  try {
    return tell(await runner.finalChatCompletion(), null, course);
  } catch (error) {
    return tell(snapshot, errorOf(error), course);
  }
}

export async function theirs(place, body, { streamed, headers, wrongKey }) {
  const client = new OpenAI({ baseURL: place.url, apiKey: wrongKey ? 'wrong' : place.key, maxRetries: 0, logLevel: 'off' });
  if (streamed) return read(client, body, headers);
  try {
    return tell(await client.chat.completions.create(body, { headers }), null);
  } catch (error) {
    return tell(null, errorOf(error));
  }
}

// ---- a whole conversation ----

const TURNS_MAX = 6;

// What a tool says depends on nothing but its call, so that both sides' histories are comparable.
const results = (calls) =>
  calls.map((call) => ({ role: 'tool', tool_call_id: call?.id, content: JSON.stringify({ of: call?.function?.name, sky: 'Föhn — 21 °C' }) }));

// npm openai adds parsed and refusal: null, and has an order of its own. The emulator's next answer hangs on every byte of the
// history, so where the answers are equal, so must be what goes back.
const callAsSent = ({ id, type, function: { name, arguments: text, ...more } = {}, ...rest }) => ({ id, type, function: { name, arguments: text, ...more }, ...rest });
const asSent = ({ parsed, refusal, role, content, tool_calls: calls, ...rest }) =>
  ({ role, content, ...(refusal && { refusal }), ...rest, ...(calls && { tool_calls: calls.filter(Boolean).map(callAsSent) }) });

// Every answer goes back, with what the tools say, until there is one without calls.
async function answerTo(side, place, one, how, messages, told) {
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    const body = { model: place.model, messages, ...place.more, ...one.more, ...(one.tools && { tools: one.tools }) };
    if (how.streamed) body.stream_options = { include_usage: true };
    const headers = { ...place.headers, ...(one.fault && { 'x-emulator-fault': one.fault }) };
    const answer = await side(place, body, { ...how, headers, wrongKey: one.wrongKey });
    told.push(answer.fields);
    if (answer.failed) return false;
    messages.push(asSent(answer.message));
    const calls = answer.message?.tool_calls ?? [];
    if (!calls.length) return true;
    messages.push(...results(calls));
  }
  throw new Error('The tools are called without end.');
}

// The answers of one side, each a map of fields.
export async function play(side, place, one, how) {
  const messages = [], told = [];
  for (const ask of one.asks) {
    messages.push(typeof ask === 'string' || Array.isArray(ask) ? { role: 'user', content: ask } : ask);
    if (!(await answerTo(side, place, one, how, messages, told))) break;
  }
  return told;
}

// Of an answer that never came there is nothing to compare but its error.
const fieldsOf = (one, two) =>
  [...new Set([...one.keys(), ...two.keys()])].filter((field) => (one.has('role') && two.has('role')) || field.startsWith('error '));

// The differences of two sides, each { turn, field, ours, theirs }.
export function compare(mine, other) {
  const found = [];
  for (let at = 0; at < Math.max(mine.length, other.length); at++) {
    const add = (field, one, two) => found.push({ turn: at + 1, field, ours: one, theirs: two });
    if (!mine[at] || !other[at]) add('turn', mine[at] ? 'taken' : absent, other[at] ? 'taken' : absent);
    else
      for (const field of fieldsOf(mine[at], other[at])) {
        const [one, two] = [mine[at], other[at]].map((fields) => String(fields.get(field) ?? absent));
        if (one !== two) add(field, one, two);
      }
  }
  return found;
}

// ---- the table of known differences ----

export const any = /^/;

const fits = (rule, value) => (rule instanceof RegExp ? rule.test(value) : rule === value);
const matches = (row, name, found) => row.in.test(name) && fits(row.field, found.field) && fits(row.ours, found.ours) && fits(row.theirs, found.theirs);
const shown = (rule) => (rule === any ? '(varies)' : rule === absent ? rule : rule instanceof RegExp ? String(rule) : JSON.stringify(rule));

// A table of rows { in, field, ours, theirs, why }: `in` fits the names of the cases that have this difference. What is not
// in the table fails, and so does a row that a case of its own does not show.
export function tableOf(differences) {
  const seen = new Map(differences.map((row) => [row, 0]));
  return {
    check(name, found) {
      const rowsOf = (difference) => differences.filter((row) => matches(row, name, difference));
      for (const difference of found) for (const row of rowsOf(difference)) seen.set(row, seen.get(row) + 1);
      assert.deepEqual(found.filter((difference) => rowsOf(difference).length !== 1), [], 'not in the table, or in it twice');
      const missing = differences.filter((row) => row.in.test(name) && !found.some((difference) => matches(row, name, difference)));
      assert.deepEqual(missing.map((row) => `${row.field}: ${row.why}`), [], 'in the table, but there is no such difference');
    },
    unseen: () => [...seen].filter(([, times]) => times === 0).map(([row]) => `${row.in} ${row.field}`),
    print(title) {
      console.log(`\n${title} (how often, in which cases, what; chatabi | npm openai; why):`);
      for (const [row, times] of seen)
        console.log(`${String(times).padStart(5)}  ${row.in} ${row.field}\n       ${shown(row.ours)} | ${shown(row.theirs)}\n       ${row.why}`);
    },
  };
}
