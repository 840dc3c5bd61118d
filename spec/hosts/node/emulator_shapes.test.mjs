// SPDX-License-Identifier: MIT
// What servers answer in their own ways: reasoning, refusals, sound, embeddings, errors. Read by npm openai where it
// can, else from the wire.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { startEmulator } from './emulator.mjs';

const LABEL = '[emulator] canned reply - no model was called\n';
let emulator, openai, token, vertex;

before(async () => {
  emulator = await startEmulator('--pace', '0');
  token = await emulator.token();
  vertex = `${emulator.url}/v1/projects/${emulator.project}/locations/global/endpoints/openapi`;
  openai = new OpenAI({ baseURL: `${emulator.url}/v1`, apiKey: 'x', maxRetries: 0 });
});
after(() => emulator.stop());

const ask = (content, more = {}) => ({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }], ...more });
const post = (base, body, fault = '', path = '/chat/completions') => fetch(base + path, {
  method: 'POST', body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...(fault && { 'x-emulator-fault': fault }) },
});
const wire = async (base, body, fault) => (await post(base, { ...body, stream: true }, fault)).text();
const events = (text) => text.split(/\n\n/).filter((part) => part.startsWith('data: {')).map((part) => JSON.parse(part.slice(6)));
const join = (chunks, read) => chunks.map((chunk) => (chunk.choices[0]?.delta && read(chunk.choices[0].delta)) ?? '').join('');
const v1 = () => `${emulator.url}/v1`;

test('reasoning comes in every dialect, streamed and whole', async () => {
  const readers = {
    deepseek: [(delta) => delta.reasoning_content, (message) => message.reasoning_content],
    openrouter: [(delta) => delta.reasoning, (message) => message.reasoning],
    mistral: [
      (delta) => (Array.isArray(delta.content) ? delta.content[0].thinking[0].text : ''),
      (message) => message.content[0].thinking[0].text,
    ],
    llamacpp: [(delta) => delta.reasoning_content, (message) => message.reasoning_content],
    vllm: [(delta) => delta.reasoning_content, (message) => message.reasoning_content],
    azure: [(delta) => delta.reasoning_content, (message) => message.reasoning_content],
  };
  for (const [name, [ofDelta, ofMessage]] of Object.entries(readers)) {
    const body = ask('Why?', { reasoning_effort: 'low' });
    const chunks = events(await wire(v1(), body, `dialect=${name}`));
    const { choices: [{ message }] } = await (await post(v1(), body, `dialect=${name}`)).json();
    assert.equal(join(chunks, ofDelta), ofMessage(message), name);
    assert.match(ofMessage(message), /^The question has 4 bytes/, name);
    const text = typeof message.content === 'string' ? message.content : message.content[1].text;
    assert.equal(join(chunks, (delta) => (typeof delta.content === 'string' ? delta.content : '')), text, name);
    assert.ok(text.startsWith(LABEL), name);
  }
});

test('each has marks of its own', async () => {
  const openrouter = await wire(v1(), ask('Hi'), 'dialect=openrouter');
  assert.ok(openrouter.startsWith(': OPENROUTER PROCESSING\n\n'));
  const last = events(openrouter).at(-1);
  assert.deepEqual([last.choices[0].finish_reason, last.choices[0].native_finish_reason, last.usage.total_tokens > 0], ['stop', 'end_turn', true]);
  assert.equal(events(openrouter)[1].choices[0].delta.reasoning_details[0].type, 'reasoning.text');
  const llamacpp = await wire(v1(), ask('Hi'), 'dialect=llamacpp');
  assert.ok(llamacpp.endsWith('data: [DONE]\n') && !llamacpp.endsWith('\n\n'));
  assert.equal(events(llamacpp)[0].choices[0].delta.content, null);
  assert.ok(events(llamacpp).at(-1).timings.predicted_n > 0);
  const azure = events(await wire(v1(), ask('Hi', { stream_options: { include_usage: true } }), 'dialect=azure'));
  assert.deepEqual([azure[0].choices, azure[0].object], [[], '']);
  assert.ok(azure[0].prompt_filter_results);
  assert.equal('delta' in azure.at(-2).choices[0], false);
  assert.ok(azure.at(-1).usage);
});

test('Google thinks within the text when it is asked to', async () => {
  const google = { thinking_config: { include_thoughts: true }, thought_tag_marker: 'think' };
  const body = ask('Why?', { model: 'google/gemini-2.5-flash', extra_body: { google } });
  const text = await wire(vertex, body);
  assert.match(text, /"\\u003cthink\\u003eThe question/);
  const chunks = events(text), thought = chunks.filter((chunk) => chunk.choices[0].delta.extra_content?.google.thought);
  const tagged = join(thought, (delta) => delta.content), said = join(chunks, (delta) => delta.content);
  assert.match(tagged, /^<think>The question.*do\.<\/think>$/);
  assert.ok(said.startsWith(`${tagged}${LABEL}`));
  assert.equal((await (await post(vertex, body)).json()).choices[0].message.content, said);
  delete google.thought_tag_marker;
  assert.doesNotMatch(await wire(vertex, body), /u003c/);
  const gemini = events(await wire(`${emulator.url}/v1beta/openai`, { ...body, model: 'gemini-2.5-flash' }));
  assert.match(join(gemini, (delta) => delta.content), /^<thought>The/);
});

test('Gemini 3 signs the end of its text', async () => {
  const chunks = events(await wire(vertex, ask('Hi', { model: 'google/gemini-3-pro-preview' })));
  assert.deepEqual(chunks.map((chunk) => 'extra_content' in chunk.choices[0].delta), chunks.map((_, i) => i === chunks.length - 1));
});

test('a refusal takes the place of content', async () => {
  const stream = openai.chat.completions.stream(ask('Please refuse', { logprobs: true }));
  const refusals = [];
  stream.on('refusal.delta', ({ delta }) => refusals.push(delta));
  const { choices: [streamed] } = await stream.finalChatCompletion();
  const { choices: [{ message, logprobs }] } = await openai.chat.completions.create(ask('Please refuse', { logprobs: true }));
  assert.match(message.refusal, /can’t help/);
  assert.equal(message.content, null);
  assert.equal(streamed.message.refusal, message.refusal);
  assert.equal(refusals.join(''), message.refusal);
  assert.equal(logprobs.refusal.map((one) => one.token).join(''), message.refusal);
  const body = ask('Please refuse', { model: 'google/gemini-2.5-flash' });
  const { choices: [google] } = await (await post(vertex, body)).json();
  assert.deepEqual([google.finish_reason, 'content' in google.message], ['content_filter', false]);
  assert.equal(events(await wire(vertex, body)).at(-1).choices[0].finish_reason, 'content_filter');
});

test('log probabilities fit the text', async () => {
  const body = ask('Hi', { logprobs: true, top_logprobs: 2 });
  const { choices: [whole] } = await openai.chat.completions.create(body);
  const streamed = await openai.chat.completions.stream(body).finalChatCompletion();
  assert.equal(whole.logprobs.content.map((one) => one.token).join(''), whole.message.content);
  assert.deepEqual(streamed.choices[0].logprobs.content, whole.logprobs.content);
  assert.ok(whole.logprobs.content.every((one) => one.top_logprobs.length === 2 && Buffer.from(one.bytes).toString() === one.token));
});

test('sound comes in pieces', async () => {
  const body = ask('Sing', { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'pcm16' } });
  const { message } = (await openai.chat.completions.create(body)).choices[0];
  const chunks = events(await wire(v1(), body));
  assert.equal(message.content, null);
  assert.ok(message.audio.transcript.startsWith(LABEL));
  assert.equal(join(chunks, (delta) => delta.audio?.transcript), message.audio.transcript);
  assert.equal(join(chunks, (delta) => delta.audio?.data), message.audio.data);
  assert.equal(chunks.filter((chunk) => chunk.choices[0].delta.audio?.data).length, 4);
  assert.equal(Buffer.from(message.audio.data, 'base64').toString('base64'), message.audio.data);
  assert.equal(message.audio.id, chunks.find((chunk) => chunk.choices[0].delta.audio?.id).choices[0].delta.audio.id);
});

test('embeddings depend on the text alone', async () => {
  const embed = async (input, more) => (await openai.embeddings.create({ model: 'text-embedding-3-small', input, ...more })).data;
  const [first, second] = await embed(['Hello', 'World']);
  const [again] = await embed('Hello', { encoding_format: 'float' });
  assert.equal(first.embedding.length, 8);
  for (const [i, value] of first.embedding.entries()) assert.ok(Math.abs(value - again.embedding[i]) < 1e-6);
  assert.notDeepEqual(first.embedding, second.embedding);
  assert.ok(Math.abs(first.embedding.reduce((sum, value) => sum + value * value, 0) - 1) < 1e-5);
  assert.equal((await embed([1, 2], { dimensions: 3 }))[0].embedding.length, 3);
  await assert.rejects(embed([]), { status: 400, param: 'input' });
  await assert.rejects(embed('x', { dimensions: 0 }), { status: 400 });
  const google = async (model) => (await post(vertex, { model, input: 'Hello' }, '', '/embeddings')).status;
  assert.equal(await google('intfloat/multilingual-e5-large-instruct-maas'), 200);
  assert.equal(await google('text-embedding-005'), 400);
  assert.equal(await google('google/bison'), 404);
});

test('a text is completed', async () => {
  const body = { model: 'gpt-3.5-turbo-instruct', prompt: 'Once' };
  const whole = await openai.completions.create(body);
  assert.equal(whole.object, 'text_completion');
  assert.ok(whole.choices[0].text.startsWith(LABEL));
  let text = '', finish;
  for await (const chunk of await openai.completions.create({ ...body, stream: true })) {
    text += chunk.choices[0].text;
    finish = chunk.choices[0].finish_reason;
  }
  assert.deepEqual([text, finish], [whole.choices[0].text, 'stop']);
  await assert.rejects(openai.completions.create({ model: 'x' }), { status: 400, param: 'prompt' });
});

test('gzip is readable, event by event', async () => {
  const plain = await wire(v1(), ask('Hi'));
  for (const fault of ['gzip', 'gzip,dribble']) {
    const reply = await post(v1(), ask('Hi', { stream: true }), fault);
    assert.equal(reply.headers.get('content-encoding'), 'gzip');
    assert.equal(await reply.text(), plain);
  }
  assert.ok((await (await post(v1(), ask('Hi'), 'gzip')).json()).choices[0].message.content);
  const flood = await wire(v1(), ask('Hi'), 'gzip,flood=500');
  assert.equal(flood.split('" chat"').length, 501);
  assert.match(flood, /\[DONE\]/);
  assert.equal(events(await wire(v1(), ask('Hi'), 'gzip,big_event=200000'))[1].choices[0].delta.content.length, 200000);
  const reader = (await post(v1(), ask('Hi', { stream: true }), 'gzip,stall=3')).body.getReader();
  let seen = '';
  while (seen.split('data: ').length < 4) seen += Buffer.from((await reader.read()).value).toString();
  await reader.cancel();
});

test('errors have every shape', async () => {
  const refusal = async (fault, base = v1()) => {
    const reply = await post(base, ask('Hi', base === vertex ? { model: 'google/gemini-2.5-flash' } : {}), fault);
    const text = await reply.text();
    let json;
    try { json = JSON.parse(text); } catch { /* not all are */ }
    return { status: reply.status, headers: reply.headers, text, json };
  };
  assert.equal((await refusal('openai_error', vertex)).json.error.type, 'invalid_request_error');
  assert.equal((await refusal('google_error=409')).json.error.status, 'ABORTED');
  assert.equal((await refusal('google_array_error')).json[0].error.code, 400);
  assert.equal((await refusal('vllm_error=404')).json.error.code, 404);
  assert.equal((await refusal('429,vllm_flat_error')).json.code, 429);
  assert.equal((await refusal('llamacpp_error=503')).json.error.type, 'unavailable_error');
  assert.equal(typeof (await refusal('ollama_error')).json.error, 'string');
  assert.match((await refusal('text_error')).text, /^upstream error/);
  assert.deepEqual([(await refusal('empty_error=502')).text, (await refusal('empty_error=502')).status], ['', 502]);
  const hidden = await refusal('error200', vertex);
  assert.deepEqual([hidden.status, hidden.json[0].error.code], [200, 503]);
  assert.equal((await refusal('error200=429,ollama_error')).status, 200);
});

test('429 says why and for how long', async () => {
  const refusal = async (fault, base = v1()) => {
    const reply = await post(base, ask('Hi'), fault);
    assert.equal(reply.status, 429);
    const json = await reply.json();
    return { error: (json[0] ?? json).error, headers: reply.headers };
  };
  const day = await refusal('quota_per_day', vertex);
  assert.match(day.error.details.find((detail) => detail.violations).violations[0].quotaId, /PerDay/);
  assert.equal((await refusal('insufficient_quota')).error.code, 'insufficient_quota');
  assert.equal((await refusal('insufficient_quota')).error.type, 'insufficient_quota');
  assert.match((await refusal('provisioned_throughput', vertex)).error.message, /Exceeded the Provisioned Throughput/);
  const { headers } = await refusal('retry_after_ms=250,should_retry=0');
  assert.deepEqual([headers.get('retry-after-ms'), headers.get('x-should-retry')], ['250', 'false']);
  const date = (await refusal('retry_after_date=90')).headers;
  const ahead_ms = Date.parse(date.get('retry-after')) - Date.parse(date.get('date'));
  assert.ok(ahead_ms >= 89000 && ahead_ms <= 91000);
});

test('errors come in the middle of a stream in every way', async () => {
  const broken = (fault) => wire(v1(), ask('Hi'), fault);
  assert.match(await broken('error_in_stream=2,vllm_error'), /data: \{"error":\{"message".*"code":503\}\}\n\ndata: \[DONE\]/);
  assert.match(await broken('error_in_stream=0,llamacpp_error'), /^data: \{"error":\{"code":503/);
  assert.match(await broken('event_error=3'), /\n\nevent: error\ndata: \{"object":"error","message":.*\}\n\n$/);
  assert.match(await broken('field_error=3'), /\n\nerror: \{"error":\{"code":503.*\n\n$/);
  assert.match(await broken('line_error=3'), /\n\n\{"error":"The model is overloaded.*"\}\n$/);
});

test('a location refuses for itself', async () => {
  const status = async (location) => (await post(vertex.replace('global', location), ask('Hi', { model: 'google/gemini-2.5-flash' }))).status;
  await emulator.config({ refuse_locations: { 'us-central1': 429, nowhere: 404 } });
  assert.deepEqual([await status('us-central1'), await status('nowhere'), await status('europe-west1')], [429, 404, 200]);
  await assert.rejects(emulator.config({ refuse_locations: { global: 200 } }));
  await emulator.config({ refuse_locations: {} });
  assert.equal(await status('us-central1'), 200);
});

test('steps go through every dialect', async () => {
  const tools = ['first', 'second'].map((name) => ({ type: 'function', function: { name, parameters: { type: 'object' } } }));
  for (const name of ['openai', 'vertex', 'vertex_args', 'gemini', 'ollama', 'lmstudio', 'vllm', 'deepseek', 'openrouter', 'llamacpp', 'azure', 'mistral']) {
    const body = { model: 'x', tools, messages: [{ role: 'user', content: 'in steps' }] }, fault = `dialect=${name}`, base = `${emulator.url}/vllm/v1`;
    for (const called of ['first', 'second']) {
      assert.match(await wire(base, body, fault), new RegExp(`"name":"${called}"`), name);
      const { choices: [{ message, finish_reason }] } = await (await post(base, body, fault)).json();
      assert.deepEqual([message.tool_calls[0].function.name, finish_reason], [called, 'tool_calls'], name);
      body.messages.push(message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'ok' });
    }
    assert.match(await wire(base, body, fault), /tool/);
  }
});
