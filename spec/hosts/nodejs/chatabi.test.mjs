// SPDX-License-Identifier: MIT
// What a program sees of the binding: answers, streams, errors, signals, turns.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChatabiError, Client, version } from 'chatabi';
import { startEmulator } from './emulator.mjs';

const LABEL = '[emulator] canned reply - no model was called\n';
const tools = [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }];
const fault = (name, more = {}) => ({ headers: { 'x-emulator-fault': name }, ...more });
const collect = async (stream) => {
  const events = [];
  for await (const event of stream) events.push(event);
  return events;
};
const textOf = (events) => events.filter(({ type }) => type === 'text').map(({ text }) => text).join('');

let emulator, client;
const newClient = (more) => new Client({ base_url: `${emulator.url}/v1`, model: 'gpt-4o', max_retries: 0, ...more });
const untilStats = async (holds) => {
  for (let i = 0; i < 200 && !holds(await emulator.stats()); i++) await sleep(10);
  const stats = await emulator.stats();
  assert.ok(holds(stats), JSON.stringify(stats));
};

before(async () => {
  emulator = await startEmulator();
  client = newClient();
});
after(async () => {
  client.close();
  await emulator.stop();
});

// ---- answers ----

test('a text, a list and an object are the same question', async () => {
  const messages = [{ role: 'user', content: 'Hello' }];
  const answers = await Promise.all(['Hello', messages, { messages }].map((body) => client.chat(body)));
  const [answer] = answers;
  assert.ok(answer.text.startsWith(`${LABEL}You said “Hello”`));
  assert.equal(answers.every(({ text }) => text === answer.text), true);
  assert.equal(answer.message, answer.completion.choices[0].message);
  assert.equal(answer.message.content, answer.text);
  assert.deepEqual(JSON.parse(answer.raw), answer.completion);
  assert.equal(answer.finish_reason, 'stop');
  assert.equal(answer.usage.total_tokens, answer.info.total_tokens);
  assert.equal(answer.info.finish, 'stop');
  assert.equal(answer.info.http_status, 200);
  assert.equal(`${answer}`, answer.text);
});

test('a body is sent as it was given, and not changed', async () => {
  const body = Object.freeze({ messages: Object.freeze([Object.freeze({ role: 'user', content: 'one two three four' })]), max_tokens: 2 });
  assert.equal((await client.stream(body).result()).finish_reason, 'length');
  assert.equal('stream' in body, false);
  for (const wrong of [undefined, null, 7]) await assert.rejects(client.chat(wrong), TypeError);
});

test('a stream has events, and then the answer', async () => {
  const stream = client.stream('Grüße aus 東京 🌊');
  const events = await collect(stream);
  const answer = await stream.result();
  assert.equal(events[0].type, 'other');
  assert.equal(events[0].json.choices[0].delta.role, 'assistant');
  assert.equal(textOf(events), answer.text);
  assert.ok(answer.text.includes('Grüße aus 東京 🌊'));
  const { text, json, raw, choice } = events.find(({ type }) => type === 'text');
  assert.equal(json.choices[0].delta.content, text);
  assert.deepEqual(JSON.parse(raw), json);
  assert.equal(choice, 0);
  assert.deepEqual(stream.info, answer.info);
  assert.equal(stream.state, 'done');
  assert.equal(stream.error, undefined);
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
});

test('tool calls come whole, and their message can be sent back', async () => {
  const messages = [{ role: 'user', content: 'Weather in parallel' }];
  const stream = client.stream({ messages, tools });
  const calls = (await collect(stream)).filter(({ type }) => type === 'tool');
  const answer = await stream.result();
  assert.deepEqual(calls.map(({ json }) => json), answer.tool_calls);
  assert.deepEqual(calls.map(({ text }) => text), ['get_weather', 'get_weather']);
  messages.push(answer.message, ...calls.map(({ json }) => ({ role: 'tool', tool_call_id: json.id, content: 'sun' })));
  assert.match((await client.chat({ messages, tools })).text, /sun/);
});

test('reasoning, refusals and choices are told apart', async () => {
  const kinds = async (body) => new Set((await collect(client.stream(body))).map(({ type }) => type));
  assert.ok((await kinds({ model: 'dialect:deepseek', messages: [{ role: 'user', content: 'x' }] })).has('reasoning'));
  assert.ok((await kinds('refuse')).has('refusal'));
  const events = await collect(client.stream({ messages: [{ role: 'user', content: 'x' }], n: 2 }));
  assert.deepEqual([...new Set(events.filter(({ type }) => type === 'text').map(({ choice }) => choice))].sort(), [0, 1]);
  const answer = await client.chat({ model: 'dialect:deepseek', messages: [{ role: 'user', content: 'x' }] });
  assert.ok(answer.reasoning && !answer.text.includes(answer.reasoning));
  assert.ok((await client.chat('refuse')).refusal);
});

test('other paths give what the server sent', async () => {
  const models = await client.request('/models');
  assert.ok(models.data.length > 0);
  const { data } = await client.request('/embeddings', { model: 'm', input: ['a', 'b'], dimensions: 3 });
  assert.deepEqual(data.map(({ embedding }) => embedding.length), [3, 3]);
  assert.deepEqual((await client.request('/embeddings', '{"model":"m","input":"a"}', 'POST')).data.length, 1);
  await assert.rejects(client.request('/nowhere'), { name: 'NOT_FOUND', http_status: 404 });
});

// ---- what cannot be lost ----

test('large integers, NULs and headers of the answer', async () => {
  const seen = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    seen.push(body);
    response.setHeader('content-type', 'application/json').setHeader('x-limit', '7');
    response.end('{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop","message":' +
      '{"role":"assistant","content":"a\\u0000b, 12345678901234567890",' +
      '"extra":{"note":"\\\\\\", 12345678901234567890, ","id": 12345678901234567890,"list":[-9007199254740993,1]}}}]}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = new Client({ base_url: `http://127.0.0.1:${server.address().port}/v1`, model: 'm' });
  try {
    const stream = own.stream({ messages: [{ role: 'user', content: 'x' }], seed: 9007199254740993n });
    const { value } = await stream.next();
    assert.equal(stream.header('X-Limit'), '7');
    assert.equal(value.text, 'a\0b, 12345678901234567890');
    const { message, raw } = await stream.result();
    assert.match(seen[0], /"seed":9007199254740993\b/);
    assert.equal(message.content, 'a\0b, 12345678901234567890');
    assert.equal(message.extra.note, '\\", 12345678901234567890, ');
    assert.equal(message.extra.id, 12345678901234567890);
    assert.match(raw, /"id": ?12345678901234567890/);
    assert.doesNotThrow(() => JSON.stringify(message));
    await own.chat([message, { role: 'user', content: '12345678901234567890' }]);
    assert.match(seen[1], /"id":12345678901234567890,"list":\[-9007199254740993,1\]/);
    message.extra.id = 8;
    await own.chat([message]);
    assert.match(seen[2], /"id":8,"list":\[-9007199254740993,1\]/);
  } finally {
    own.close();
    server.close();
  }
});

// ---- errors ----

test('an error says what happened', async () => {
  await assert.rejects(client.chat('x', fault('429=7')), (error) => {
    assert.ok(error instanceof ChatabiError && error instanceof Error);
    assert.equal(error.name, 'RATE_LIMIT');
    assert.equal(error.code, -34);
    assert.equal(error.http_status, 429);
    assert.equal(error.retry_after_ms, 7000);
    assert.equal(error.retryable, true);
    assert.equal(error.provider_code, 'rate_limit_exceeded');
    assert.equal(error.details.name, 'RATE_LIMIT');
    assert.ok(error.request_id && error.message.includes(error.hint));
    assert.equal(error.info.attempts, 1);
    assert.match(error.stack, /^RATE_LIMIT: [^]*chatabi\.test\.mjs/);
    return true;
  });
});

test('a stream that breaks raises, with what had come', async () => {
  const stream = client.stream('x', fault('cut=4'));
  let text = '';
  await assert.rejects(async () => {
    for await (const event of stream) if (event.type === 'text') text += event.text;
  }, (error) => {
    assert.equal(error.name, 'DISCONNECT');
    assert.ok(text.length > 0);
    assert.equal(error.partial.text, text);
    assert.equal(error, stream.error);
    return true;
  });
  await assert.rejects(stream.result(), { name: 'DISCONNECT' });
  assert.equal((await stream.next()).done, true);
});

test('misuse is told at once, in the words of the library', async () => {
  assert.throws(() => newClient({ projct: 'x' }), { name: 'CONFIG', message: /There is no option "projct"/ });
  assert.throws(() => newClient({ max_retries: 'many' }), { name: 'CONFIG', message: /max_retries/ });
  assert.throws(() => newClient({ auth: 'nobody' }), { name: 'CONFIG', message: /nobody/ });
  await assert.rejects(client.chat('x', { pth: '/x' }), { message: /pth/ });
  for (const cut of [{ project: 'a\0b' }, { 'model\0': 'm' }, { auth: ['api_key', 'sk-1\0secret'] }])
    assert.throws(() => newClient(cut), ({ name, message }) => name === 'CONFIG' && /NUL/.test(message) && !/secret/.test(message));
});

test('options have the values that Node has', async () => {
  const own = newClient({
    headers: { 'x-emulator-fault': '503' }, fallback: [`${emulator.url}/v1`], log_payloads: true, log_level: 'debug', total_timeout_ms: 1e4,
    token_budget: 2 ** 52, proxy: '', location: undefined,
  });
  await assert.rejects(own.chat('x'), { name: 'SERVER' });
  const log = own.log();
  assert.ok(log.some((line) => / debug request 1: /.test(line)), log.join('\n'));
  assert.deepEqual(own.log(), []);
  assert.equal(own.status().counters.failed, 1);
  own.close();
});

test('headers are given in the ways that fetch takes', async () => {
  const refuse = { 'x-emulator-fault': '503' };
  for (const headers of [refuse, new Headers(refuse), new Map(Object.entries(refuse)), Object.entries(refuse)]) {
    await assert.rejects(client.chat('x', { headers }), { name: 'SERVER' });
    await assert.rejects(newClient({ headers }).chat('x'), { name: 'SERVER' });
  }
});

// ---- ends ----

test('who leaves the loop ends the request', async () => {
  const { disconnected } = await emulator.stats();
  const long = () => client.stream('x', fault('long=5000,pace=2'));
  const broken = long();
  for await (const { type } of broken) if (type === 'text') break;
  await assert.rejects(async () => {
    for await (const event of long()) throw new Error(event.type);
  }, { message: 'other' });
  const returned = long();
  await returned.next();
  const pending = returned.next().then(async () => returned.next());
  assert.deepEqual(await returned.return('mine'), { done: true, value: 'mine' });
  assert.deepEqual(await pending, { done: true, value: undefined });
  await long()[Symbol.asyncDispose]();
  await untilStats((stats) => stats.disconnected >= disconnected + 3 && stats.active === 0);
  await assert.rejects(broken.result(), ({ name, partial }) => name === 'CANCELLED' && partial.text.startsWith('[emulator]'));
  assert.equal(broken.state, 'failed');
});

test('a cancelled stream raises', async () => {
  const stream = client.stream('x', fault('stall=3'));
  const waiting = stream.result();
  while (stream.info.first_text_ms === undefined) await sleep(1);
  setTimeout(() => stream.cancel(), 20);
  await assert.rejects(waiting, ({ name, partial }) => name === 'CANCELLED' && partial.text.startsWith('[emulator]'));
  stream.cancel();
  stream.close();
});

test('a signal ends requests with its reason, before and during', async () => {
  const reason = new Error('the user has left');
  const before = await emulator.stats();
  await assert.rejects(client.chat('x', { signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.throws(() => client.stream('x', { signal: AbortSignal.abort(reason) }), reason);
  await assert.rejects(client.request('/models', undefined, { signal: AbortSignal.abort(reason) }), reason);
  assert.equal((await emulator.stats()).requests, before.requests);

  await assert.rejects(client.chat('x', fault('slow_first_byte=5000', { signal: AbortSignal.timeout(30) })), { name: 'TimeoutError' });
  const controller = new AbortController();
  const stream = client.stream('x', fault('stall=3', { signal: controller.signal }));
  await assert.rejects(async () => {
    for await (const { type } of stream) if (type === 'text') setTimeout(() => controller.abort(reason), 5);
  }, reason);
  assert.equal(stream.error.name, 'CANCELLED');
  assert.ok(stream.error.partial.text.startsWith('[emulator]'));
  await assert.rejects(stream.result(), reason);
  await untilStats(({ active }) => active === 0);
});

test('a signal after the end does nothing, and is not held', async () => {
  const controller = new AbortController();
  const answer = await client.chat('x', { signal: controller.signal });
  const left = client.stream('x', { signal: controller.signal });
  for await (const event of left) if (event) break;
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  controller.abort();
  assert.ok(answer.text);
});

test('a closed client raises, and its streams end', async () => {
  const own = newClient();
  const stream = own.stream('x', fault('stall=3'));
  await stream.next();
  own.close();
  own.close();
  await assert.rejects(stream.result(), { name: 'CLOSED' });
  for (const call of ['stream', 'start', 'status', 'log', 'setToken']) assert.throws(() => own[call]('x'), { name: 'STATE', message: /closed/ });
  for (const call of ['chat', 'request', 'stop']) await assert.rejects(own[call]('x'), { name: 'STATE' });
});

test('a stopped client has closed its connections', async () => {
  const own = newClient();
  own.start();
  const stream = own.stream('x', fault('stall=3'));
  await stream.next();
  assert.equal(await own.stop(5000), true);
  await assert.rejects(stream.result(), { name: 'CLOSED' });
  await assert.rejects(own.chat('x'), { name: 'CLOSED' });
  own.close();
});

test('a token is replaced while the client lives', async () => {
  const token = await emulator.token();
  const model = 'google/gemini-2.5-flash';
  const own = new Client({ provider: 'vertex', base_url: emulator.vertex, auth: ['token', 'ya29.stranger'], model, max_retries: 0 });
  await assert.rejects(own.chat('x'), { name: 'UNAUTHENTICATED' });
  own.setToken(token);
  assert.ok((await own.chat('x')).text);
  own.close();
});

// ---- turns ----

test('two readers of one stream take turns', async () => {
  const stream = client.stream('x', fault('long=100'));
  const pieces = [];
  const read = async () => {
    for (let event; !(event = await stream.next()).done; ) pieces.push(event.value);
  };
  await Promise.all([read(), read(), read()]);
  assert.equal(textOf(pieces), (await stream.result()).text);
  const at_once = client.stream('x');
  const events = await Promise.all(Array.from({ length: 5 }, () => at_once.next()));
  assert.equal(events[0].value.type, 'other');
  assert.ok(LABEL.startsWith(events.map(({ value }) => value.text).join('')));
  at_once.close();
});

test('a stream that nobody reads is held back, costs nothing, and delays no other', async () => {
  const own = newClient({ queue_events: 64 });
  const idle = own.stream('x', fault('flood=40000'));
  await idle.next();
  await sleep(100);
  const streams = Array.from({ length: 10 }, () => own.stream('x', fault('pace=5')));
  const answers = await Promise.all(streams.map((stream) => stream.result()));
  assert.equal(answers.every(({ text }) => text === answers[0].text), true);
  const cpu = process.cpuUsage();
  const from = performance.now();
  await sleep(300);
  const { user, system } = process.cpuUsage(cpu);
  const share = (user + system) / 1000 / (performance.now() - from);
  assert.ok(share < 0.2, `${share} of a processor`);
  assert.equal(idle.state, 'streaming');
  let events = 1;
  while (!(await idle.next()).done) events++;
  assert.ok(events >= 40000, String(events));
  own.close();
});

test('a stream that comes faster than it is read starves nobody', async () => {
  let ticks = 0, longest = 0, last = performance.now(), events = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    ticks++;
  }, 1);
  const flood = (async () => {
    for await (const event of client.stream('x', fault('flood=30000'))) events += event.choice + 1;
  })();
  const from = performance.now();
  await client.chat('x');
  const waited = performance.now() - from;
  await flood;
  clearInterval(timer);
  assert.ok(events >= 30000);
  assert.ok(ticks >= 10, `${ticks} ticks`);
  assert.ok(longest < 250 && waited < 500, `longest pause ${longest} ms, the other waited ${waited} ms`);
});

test('the library runs on the OpenSSL of the system', () => {
  const [, system] = /^OpenSSL (\S+)/.exec(execFileSync('openssl', ['version'], { encoding: 'utf8' }));
  assert.match(version(), /^chatabi\/\d/);
  assert.ok(version().includes(` OpenSSL/${system} `), `${version()}; the system has ${system}, Node ${process.versions.openssl}`);
});
