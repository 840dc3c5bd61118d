// SPDX-License-Identifier: MIT
// The emulator is judged by a client that was not written here: npm openai.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { startEmulator } from './emulator.mjs';

const LABEL = '[emulator] canned reply - no model was called\n';
const ask = (content, more = {}) => ({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }], ...more });
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' }, unit: { enum: ['celsius', 'kelvin'] } }, required: ['city', 'unit'] },
  },
};

let emulator, openai, vertex, gemini;

before(async () => {
  emulator = await startEmulator('--require-key');
  openai = new OpenAI({ baseURL: `${emulator.url}/v1`, apiKey: emulator.api_key, maxRetries: 0 });
  vertex = new OpenAI({ baseURL: emulator.vertex, apiKey: await emulator.token(), maxRetries: 0 });
  gemini = new OpenAI({ baseURL: `${emulator.url}/v1beta/openai`, apiKey: emulator.api_key, maxRetries: 0 });
});
after(() => emulator.stop());

// What the client makes of Google's error array is "no body", so its text is read without the client.
const refusal = async (base, token, body) => {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const reply = await fetch(`${base}/chat/completions`, { method: 'POST', headers, body: JSON.stringify(body) });
  const [{ error }] = await reply.json();
  assert.equal(error.code, reply.status);
  return error;
};

const read = async (stream) => {
  const seen = { text: '', reasoning: '', chunks: [] };
  for await (const chunk of stream) {
    seen.chunks.push(chunk);
    seen.text += chunk.choices[0]?.delta.content ?? '';
    seen.reasoning += chunk.choices[0]?.delta.reasoning_content ?? '';
  }
  return seen;
};

test('a completion is labelled, echoes the question and is the same every time', async () => {
  const first = await openai.chat.completions.create(ask('Where is the café?'));
  assert.ok(first.choices[0].message.content.startsWith(LABEL));
  assert.match(first.choices[0].message.content, /Where is the café\?/);
  assert.equal(first.choices[0].finish_reason, 'stop');
  assert.deepEqual(await openai.chat.completions.create(ask('Where is the café?')), first);
  assert.equal(first.usage.total_tokens, first.usage.prompt_tokens + first.usage.completion_tokens);
});

test('a stream has the text of the completion', async () => {
  const whole = await openai.chat.completions.create(ask('Tell me a story'));
  const seen = await read(await openai.chat.completions.create(ask('Tell me a story', { stream: true, stream_options: { include_usage: true } })));
  assert.equal(seen.text, whole.choices[0].message.content);
  assert.equal(seen.chunks[0].choices[0].delta.role, 'assistant');
  assert.equal(seen.chunks.at(-2).choices[0].finish_reason, 'stop');
  assert.deepEqual(seen.chunks.at(-1).choices, []);
  assert.deepEqual(seen.chunks.at(-1).usage, whole.usage);
});

test("openai's own accumulator reads choices, tool calls and JSON", async () => {
  const two = await openai.chat.completions.stream(ask('Two please', { n: 2 })).finalChatCompletion();
  assert.equal(two.choices.length, 2);
  assert.notEqual(two.choices[0].message.content, two.choices[1].message.content);
  const called = await openai.chat.completions.stream(ask('in parallel', { tools: [weather] })).finalChatCompletion();
  assert.equal(called.choices[0].finish_reason, 'tool_calls');
  const calls = called.choices[0].message.tool_calls;
  assert.equal(calls.length, 2);
  for (const call of calls) assert.deepEqual(Object.keys(JSON.parse(call.function.arguments)), ['city', 'unit']);
});

test('a tool turn goes round', async () => {
  const body = ask('What is the weather?', { tools: [weather] });
  const { message } = (await openai.chat.completions.create(body)).choices[0];
  body.messages.push(message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'rain — 12 °C' });
  const last = (await openai.chat.completions.create(body)).choices[0];
  assert.match(last.message.content, /rain — 12 °C/);
  body.messages.at(-1).tool_call_id = 'call_unknown';
  await assert.rejects(openai.chat.completions.create(body), { status: 400 });
});

test('limits, stops and schemas are honoured', async () => {
  const short = (await openai.chat.completions.create(ask('Hello', { max_completion_tokens: 4 }))).choices[0];
  assert.equal(short.finish_reason, 'length');
  assert.equal(short.message.content.split(/\s+/).length, 4);
  const stopped = (await openai.chat.completions.create(ask('Hello', { stop: [' model'] }))).choices[0];
  assert.equal(stopped.message.content, '[emulator] canned reply - no');
  const schema = {
    type: 'object',
    properties: { list: { type: 'array', items: { $ref: '#/$defs/n' }, minItems: 2 }, kind: { enum: ['a', 'b'] }, maybe: { anyOf: [{ type: 'boolean' }, { type: 'null' }] } },
    required: ['list', 'kind', 'maybe'],
    $defs: { n: { type: 'integer', minimum: 7 } },
  };
  const made = await openai.chat.completions.create(ask('JSON', { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }));
  assert.deepEqual(JSON.parse(made.choices[0].message.content), { list: [7, 7], kind: 'a', maybe: true });
});

test('bad requests are refused as OpenAI refuses them', async () => {
  const bad = (body) => openai.chat.completions.create(body);
  await assert.rejects(bad({ model: 'x', messages: [] }), { status: 400, param: 'messages', type: 'invalid_request_error' });
  await assert.rejects(bad({ messages: [{ role: 'user', content: 'x' }] }), { status: 400, param: 'model' });
  await assert.rejects(bad({ model: 'x', messages: [{ role: 'robot', content: 'x' }] }), { status: 400, param: 'messages' });
  const stranger = new OpenAI({ baseURL: `${emulator.url}/v1`, apiKey: 'sk-wrong', maxRetries: 0 });
  await assert.rejects(stranger.chat.completions.create(ask('x')), { status: 401, code: 'invalid_api_key' });
  const torn = await fetch(`${emulator.url}/v1/chat/completions`, {
    method: 'POST', body: '{"model":', headers: { 'content-type': 'application/json', authorization: `Bearer ${emulator.api_key}` },
  });
  assert.equal(torn.status, 400);
});

test('the Vertex path completes, streams and thinks', async () => {
  const body = ask('Hello Vertex', { model: 'google/gemini-2.5-flash', reasoning_effort: 'low' });
  const whole = await vertex.chat.completions.create(body);
  const seen = await read(await vertex.chat.completions.create({ ...body, stream: true }));
  assert.ok(seen.text.startsWith(LABEL));
  assert.equal(seen.text, whole.choices[0].message.content);
  assert.ok(seen.reasoning.length > 20);
  assert.ok(seen.chunks.every((chunk) => chunk.choices[0].delta.role === 'assistant' && chunk.system_fingerprint === ''));
  assert.equal(seen.chunks.at(-1).choices[0].finish_reason, 'stop');
  const { usage } = seen.chunks.at(-1);
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens + usage.completion_tokens_details.reasoning_tokens);
});

test('the Vertex path wants a token, its project and a publisher', async () => {
  const body = ask('x', { model: 'google/gemini-2.5-flash' });
  const client = (baseURL, apiKey) => new OpenAI({ baseURL, apiKey, maxRetries: 0 }).chat.completions;
  await assert.rejects(client(emulator.vertex, 'ya29.stranger').create(body), { status: 401 });
  assert.equal((await refusal(emulator.vertex, 'ya29.stranger', body)).details[0].reason, 'ACCESS_TOKEN_TYPE_UNSUPPORTED');
  assert.equal((await refusal(emulator.vertex, null, body)).status, 'UNAUTHENTICATED');
  await assert.rejects(client(emulator.vertex.replace('emulator-project', 'other'), await emulator.token()).create(body), { status: 403 });
  await assert.rejects(vertex.chat.completions.create({ ...body, model: 'gemini-2.5-flash' }), { status: 400 });
  await assert.rejects(vertex.chat.completions.create({ ...body, model: 'google/bison' }), { status: 404 });
  await assert.rejects(vertex.chat.completions.create({ ...body, model: 'google/gemini-3-pro' }), { status: 404 });
});

test('Gemini 3 wants its signatures back', async () => {
  const baseURL = emulator.vertex.replace('us-central1', 'global'), apiKey = await emulator.token();
  const global = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
  const body = ask('What is the weather?', { model: 'google/gemini-3-pro', tools: [weather] });
  const { message } = (await global.chat.completions.create(body)).choices[0];
  body.messages.push(message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'sun' });
  assert.match((await global.chat.completions.create(body)).choices[0].message.content, /sun/);
  delete message.tool_calls[0].extra_content;
  await assert.rejects(global.chat.completions.create(body), { status: 400 });
  assert.match((await refusal(baseURL, apiKey, body)).message, /thought_signature/);
});

test('Gemini calls tools without an index', async () => {
  const seen = await read(await gemini.chat.completions.create(ask('weather', { model: 'gemini-2.5-flash', tools: [weather], stream: true })));
  const [call] = seen.chunks[0].choices[0].delta.tool_calls;
  assert.equal('index' in call, false);
  assert.equal(call.function.name, 'get_weather');
  assert.equal(seen.chunks.at(-1).choices[0].finish_reason, 'stop');
});

test('a server of one\'s own wants no key and no developer', async () => {
  const own = new OpenAI({ baseURL: `${emulator.url}/vllm/v1`, apiKey: 'none', maxRetries: 0 });
  const called = await own.chat.completions.stream(ask('in parallel', { tools: [weather] })).finalChatCompletion();
  assert.equal(called.choices[0].message.tool_calls.length, 2);
  const seen = await read(await own.chat.completions.create(ask('Think', { stream: true, reasoning_effort: 'low', chat_template_kwargs: {} })));
  assert.ok(seen.reasoning.length > 20 && seen.text.startsWith(LABEL));
  assert.equal(seen.chunks.some((chunk) => chunk.usage), false);
  await assert.rejects(own.chat.completions.create({ model: 'x', messages: [{ role: 'developer', content: 'x' }] }), { status: 400 });
});

test('faults reach an unmodified client', async () => {
  await emulator.fail('429=1');
  const patient = new OpenAI({ baseURL: `${emulator.url}/v1`, apiKey: emulator.api_key, maxRetries: 1 });
  const from = Date.now();
  await patient.chat.completions.create(ask('x'));
  assert.ok(Date.now() - from >= 900);
  await emulator.fail('cut=4');
  await assert.rejects(async () => read(await openai.chat.completions.create(ask('x', { stream: true }))));
  await emulator.fail('error_in_stream');
  await assert.rejects(async () => read(await openai.chat.completions.create(ask('x', { stream: true }))), /overloaded/);
  for (const fault of ['dribble', 'crlf', 'cr', 'comments', 'close_delimited', 'no_done', 'dribble,crlf,comments']) {
    await emulator.fail(fault);
    const seen = await read(await openai.chat.completions.create(ask('x', { stream: true })));
    assert.ok(seen.text.startsWith(LABEL) && seen.text.endsWith('\u{1F319}'), fault);
  }
  await emulator.fail('long=500,pace=0');
  const long = await read(await openai.chat.completions.create(ask('x', { stream: true })));
  assert.equal(long.text.slice(LABEL.length).split(' ').length, 500);
  await emulator.fail('flood=20000');
  assert.equal((await read(await openai.chat.completions.create(ask('x', { stream: true })))).text, ' chat'.repeat(20000));
  await emulator.fail('big_event=3000000');
  assert.equal((await read(await openai.chat.completions.create(ask('x', { stream: true })))).text.length, 3000000);
});

test('an expired token is refused and a new one is not', async () => {
  const token = await emulator.token();
  const body = ask('x', { model: 'google/gemini-2.5-flash' });
  const client = (apiKey) => new OpenAI({ baseURL: emulator.vertex, apiKey, maxRetries: 0 }).chat.completions;
  await emulator.fail('401_once');
  assert.equal((await refusal(emulator.vertex, token, body)).details[0].reason, 'ACCESS_TOKEN_EXPIRED');
  await assert.rejects(client(token).create(body), { status: 401 });
  assert.ok(await client(await emulator.token()).create(body));
});

test('a client that leaves is seen, and the journal keeps no secret', async () => {
  const { disconnected } = await emulator.stats();
  await emulator.fail('stall=2');
  const stream = await openai.chat.completions.create(ask('x', { stream: true }));
  for await (const chunk of stream) if (chunk.choices[0].delta.content) break;
  for (let i = 0; i < 100 && (await emulator.stats()).disconnected === disconnected; i++) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal((await emulator.stats()).disconnected, disconnected + 1);
  assert.equal((await emulator.stats()).active, 0);
  const journal = await emulator.journal();
  assert.equal(journal.at(-1).fault, 'stall=2');
  assert.equal(journal.at(-1).disconnected, true);
  assert.equal(journal.at(-1).chunks, 2);
  assert.doesNotMatch(JSON.stringify(journal), /ya29\.|sk-emulator/);
  assert.ok(journal.some((entry) => /^Bearer #\d+$/.test(entry.headers.authorization)));
});
