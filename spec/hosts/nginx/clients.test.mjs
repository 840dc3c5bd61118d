// SPDX-License-Identifier: MIT
// npm openai, which was not written here and is not changed, asks the gateway of examples/nginx as it would ask OpenAI.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { require } from '../node/modules.mjs';
import { body, isWhole, post, startGateway, until } from './gateway.mjs';

const OpenAI = require('openai');
const LABEL = '[emulator] canned reply - no model was called\n';
const weather = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
};

// A server that writes JSON in several lines, as an event or, where a tool is wanted, as a whole answer to whoever asked
// for a stream.
const call = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } };
const roomy = createServer(async (asked, reply) => {
  let text = '';
  for await (const piece of asked) text += piece;
  const more = { id: 'x', created: 1, model: 'roomy', usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } };
  const write = (value) => JSON.stringify({ ...more, ...value }, null, 1);
  if (text.includes('"tools"')) {
    reply.writeHead(200, { 'content-type': 'application/json' });
    return reply.end(write({ object: 'chat.completion', choices: [{ index: 0, message: { role: 'assistant', content: 'Look', tool_calls: [call] }, finish_reason: 'tool_calls' }] }));
  }
  reply.writeHead(200, { 'content-type': 'text/event-stream' });
  const event = write({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: { role: 'assistant', content: 'Hello\nyou' }, finish_reason: 'stop' }] });
  reply.end(`${event.replace(/^/gm, 'data: ')}\n\ndata: [DONE]\n\n`);
}).listen(0, '127.0.0.1').unref();

let gateway, openai;
const ask = (content, more = {}) => ({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }], ...more });
const failing = (fault, times) => gateway.emulator.fail(fault, times);
const logged = (id) => until(() => gateway.access().find((line) => line.id === id), 'a line in the access log');

before(async () => {
  gateway = await startGateway({
    keys: '# the key, and whose it is\nsk-gateway-1 a team\n', backend: () => ({ max_retries: 0 }), emulator: ['--journal-bodies'],
    settings: ({ url }) => ({
      heartbeat_s: 0.1,
      more_backends: { own: { base_url: `${url}/v1` }, roomy: { base_url: `http://127.0.0.1:${roomy.address().port}/v1` } },
      more_models: { own: { backend: 'own', model: 'gpt-4o-mini' }, roomy: { backend: 'roomy' } },
    }),
  });
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'sk-gateway-1', maxRetries: 0 });
});
after(async () => {
  await gateway?.stop();
  roomy.closeAllConnections();
});

const read = async (stream) => {
  const seen = { text: '', chunks: [] };
  for await (const chunk of stream) {
    seen.chunks.push(chunk);
    seen.text += chunk.choices[0]?.delta.content ?? '';
  }
  return seen;
};

test('an answer and a stream say the same, by the model that the name stands for', async () => {
  const whole = await openai.chat.completions.create(ask('Where is the café?'));
  assert.ok(whole.choices[0].message.content.startsWith(LABEL));
  assert.equal(whole.model, 'google/gemini-2.5-flash');
  const seen = await read(await openai.chat.completions.create(ask('Where is the café?', { stream: true, stream_options: { include_usage: true } })));
  assert.equal(seen.text, whole.choices[0].message.content);
  assert.equal(seen.chunks.at(-1).usage.total_tokens, whole.usage.total_tokens);
});

test('what a client wrote reaches the server as it stands, but for the name', async () => {
  const exact = '"seed":12345678901234567,"temperature":1.50,"metadata":{"z":1,"a":[1.0,2e3]}';
  const reply = await post(gateway, `{ "model" : "gpt-4o-mini", ${exact}, "messages":[{"role":"user","content":"Gr\\u00fc\\u00dfe"}]}`, { headers: { authorization: 'Bearer sk-gateway-1' } });
  assert.equal(reply.status, 200);
  const { body: sent } = (await gateway.emulator.journal()).at(-1);
  assert.match(sent, /"seed":\s*12345678901234567[,}]/);
  assert.match(sent, /"model":\s*"google\/gemini-2.5-flash"/);
  assert.ok((await reply.json()).choices[0].message.content.includes('Grüße'));
});

test('events pass as the server sent them', async () => {
  const options = { headers: { authorization: 'Bearer sk-gateway-1' } };
  const text = body('Hello', { stream: true, stream_options: { include_usage: true } });
  const reply = await post(gateway, text, options);
  assert.match(reply.headers.get('content-type'), /^text\/event-stream/);
  assert.equal(reply.headers.get('x-accel-buffering'), 'no');
  const through = await reply.text();
  const straight = await fetch(`${gateway.emulator.vertex}/chat/completions`, {
    method: 'POST', body: text.replace('gpt-4o-mini', 'google/gemini-2.5-flash'),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await gateway.emulator.token()}` },
  });
  assert.equal(through, await straight.text());
  assert.ok(isWhole(through));
});

test('a client of HTTP/1.0, as another nginx in front is one, gets a stream as it comes', async () => {
  await failing('stall=4');
  const text = body('Hello', { stream: true });
  const socket = connect(gateway.port, '127.0.0.1').setEncoding('utf8');
  socket.write(`POST /v1/chat/completions HTTP/1.0\r\nAuthorization: Bearer sk-gateway-1\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
  let seen = '';
  for await (const piece of socket) {
    seen += piece;
    if (seen.includes(': waiting')) break; // in the middle
  }
  assert.ok(seen.split('data: ').length > 3, seen);
  assert.doesNotMatch(seen, /content-length/i); // or a cut stream would look whole
});

test('who did not ask for usage gets no event without choices', async () => {
  const chunks = async (more) => (await read(await openai.chat.completions.create(ask('Hello', { model: 'own', stream: true, ...more })))).chunks;
  const asked = await chunks({ stream_options: { include_usage: true } });
  assert.deepEqual(asked.at(-1).choices, []);
  assert.deepEqual((await chunks()).map(({ choices }) => choices), asked.slice(0, -1).map(({ choices }) => choices));
  const response = await openai.chat.completions.create(ask('Hello', { model: 'own', stream: true })).asResponse();
  await response.text();
  assert.ok(Number((await logged(response.headers.get('x-request-id'))).output_tokens) > 0);
});

test('what other servers make of a stream is a stream for clients', async () => {
  const stream = (more) => openai.chat.completions.stream(ask('Hello', { model: 'roomy', ...more })).finalChatCompletion();
  assert.equal((await stream()).choices[0].message.content, 'Hello\nyou'); // JSON in several lines
  const { message, finish_reason } = (await stream({ tools: [weather] })).choices[0]; // no stream at all
  assert.deepEqual([message.content, finish_reason], ['Look', 'tool_calls']);
  assert.deepEqual(message.tool_calls[0].function.arguments, call.function.arguments);
});

test('tools go round twice, streamed and whole', async () => {
  for (const streamed of [false, true]) {
    const messages = [{ role: 'user', content: 'in steps' }];
    const rounds = [];
    for (let round = 0; round < 3; round++) {
      const request = { model: 'gpt-4o-mini', messages, tools: [weather] };
      const answer = streamed
        ? await openai.chat.completions.stream(request).finalChatCompletion()
        : await openai.chat.completions.create(request);
      const { message, finish_reason } = answer.choices[0];
      rounds.push(finish_reason);
      if (finish_reason === 'stop') assert.match(message.content, /rain — 12 °C/);
      if (finish_reason !== 'tool_calls') break;
      assert.deepEqual(Object.keys(JSON.parse(message.tool_calls[0].function.arguments)), ['city']);
      messages.push(message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'rain — 12 °C' });
    }
    assert.deepEqual(rounds, ['tool_calls', 'tool_calls', 'stop']);
  }
});

test('embeddings and models', async () => {
  const { data } = await openai.embeddings.create({ model: 'text-embedding-3-small', input: ['cat', 'dog'], encoding_format: 'float' });
  assert.equal(data.length, 2);
  assert.ok(data[0].embedding.length > 4);
  const models = [];
  for await (const model of openai.models.list()) models.push(model.id);
  assert.deepEqual(models, ['gpt-4o-mini', 'own', 'roomy', 'text-embedding-3-small']);
  assert.equal((await openai.models.retrieve('gpt-4o-mini')).owned_by, 'vertex');
  await assert.rejects(openai.models.retrieve('gpt-9'), OpenAI.NotFoundError);
});

test('errors are of the classes that clients know', async () => {
  const bad = async (fault, kind, more = {}, options = {}) => {
    if (fault) await failing(fault);
    const error = await openai.chat.completions.create(ask('Hello', more), options).then(() => assert.fail(`no error for ${fault}`), (one) => one);
    assert.ok(error instanceof kind, `${fault}: ${error}`);
    assert.equal(error.request_id ?? error.requestID, error.headers.get('x-request-id'));
    return error;
  };
  const busy = await bad('429=7', OpenAI.RateLimitError);
  assert.equal(busy.headers.get('retry-after'), '7');
  assert.equal(busy.headers.get('x-should-retry'), 'true');
  const missing = await bad(null, OpenAI.NotFoundError, { model: 'google/no-such-model' });
  assert.equal(missing.headers.get('x-should-retry'), 'false');
  await bad(null, OpenAI.BadRequestError, { messages: [] });
  assert.equal((await bad('503', OpenAI.InternalServerError)).status, 503);
  assert.equal((await bad('cut=3', OpenAI.InternalServerError)).status, 502);
  assert.equal((await bad('html=502', OpenAI.InternalServerError, { stream: true })).status, 502);
  const torn = await post(gateway, '{"model":', { headers: { authorization: 'Bearer sk-gateway-1' } });
  assert.equal(torn.status, 400);
  assert.match((await torn.json()).error.message, /JSON/);
  const { status, error } = await logged(torn.headers.get('x-request-id'));
  assert.deepEqual([status, error], [400, 'JSON']);
});

test('what is wrong with our own credentials is for the log, not for clients', async () => {
  await failing('status=403');
  const error = await openai.chat.completions.create(ask('Hello')).catch((one) => one);
  assert.equal(error.status, 502);
  assert.equal(error.code, 'gateway_credentials');
  assert.match(gateway.log(), /PERMISSION: /);
});

test('a stream that breaks after its beginning raises, and what came was delivered', async () => {
  for (const fault of ['cut=6', 'error_in_stream=6', 'reset=6']) {
    await failing(fault);
    const seen = [];
    const stream = await openai.chat.completions.create(ask('Hello', { stream: true }));
    const error = await (async () => { for await (const chunk of stream) seen.push(chunk); })().then(() => null, (one) => one);
    assert.ok(error instanceof OpenAI.APIError, `${fault}: ${error}`);
    assert.ok(seen.length >= 4, `${fault}: ${seen.length}`);
    assert.ok(error.message.length > 10 && error.type && error.code, `${fault}: ${JSON.stringify(error.error)}`);
  }
});

test('a stream in which nothing comes for long is kept alive', async () => {
  await failing('stall=4');
  const quit = new AbortController();
  const reply = await post(gateway, body('Hello', { stream: true }), { headers: { authorization: 'Bearer sk-gateway-1' }, signal: quit.signal });
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of reply.body) {
    text += decoder.decode(piece, { stream: true });
    if (text.split(': waiting\n\n').length > 3) break;
  }
  assert.ok(text.split('data: ').length > 3);
});

test('only those with a key of the gateway come in, and the key goes no further', async () => {
  const stranger = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'sk-wrong', maxRetries: 0 });
  const before = (await gateway.emulator.stats()).requests;
  await assert.rejects(stranger.chat.completions.create(ask('Hello')), OpenAI.AuthenticationError);
  await assert.rejects(stranger.embeddings.create({ model: 'text-embedding-3-small', input: 'x' }), OpenAI.AuthenticationError);
  await assert.rejects(stranger.models.list(), OpenAI.AuthenticationError);
  assert.equal((await fetch(`${gateway.url}/v1/models`)).status, 401);
  const large = await post(gateway, body('x'.repeat(8 * 1024 * 1024)), { headers: { authorization: 'Bearer sk-wrong' } });
  assert.equal((await large.json()).error.code, 'invalid_api_key');
  assert.equal((await gateway.emulator.stats()).requests, before);
  const { _request_id: id } = await openai.chat.completions.create(ask('Hello'));
  const journal = JSON.stringify(await gateway.emulator.journal());
  assert.ok(!journal.includes('sk-gateway-1'));
  assert.equal((await logged(id)).key, 'a team');
});

test("nginx's own refusals are OpenAI's error objects too", async () => {
  const options = { headers: { authorization: 'Bearer sk-gateway-1' } };
  const large = await post(gateway, body('x'.repeat(33 * 1024 * 1024)), options);
  assert.equal(large.status, 413);
  assert.equal((await large.json()).error.code, 'request_too_large');
  const lost = await post(gateway, '{}', { ...options, path: '/v1/files' });
  assert.deepEqual([lost.status, (await lost.json()).error.code], [404, 'not_found']);
  assert.equal((await fetch(`${gateway.url}/v1/chat/completions`, options)).status, 405);
  await assert.rejects(openai.models.delete('gpt-4o-mini'), { status: 405 }); // or it would look deleted
  assert.equal((await fetch(`${gateway.url}/v1/modelsfoo`, options)).status, 404);
});

test('what is no request is refused as one, and does not fill the error log', async () => {
  const say = async (text) => {
    const socket = connect(gateway.port, '127.0.0.1').setEncoding('utf8');
    socket.write(`${text}\r\nHost: x\r\nAuthorization: Bearer sk-gateway-1\r\nConnection: close\r\n\r\n`);
    let reply = '';
    for await (const piece of socket) reply += piece;
    return [Number(reply.slice(9, 12)), JSON.parse(reply.slice(reply.indexOf('\r\n\r\n'))).error.code];
  };
  const before = gateway.log().length;
  const long = 'x'.repeat(40000);
  assert.deepEqual(await say('\x16\x03\x01'), [400, 'bad_request']);
  assert.deepEqual(await say('GET /%00 HTTP/1.1'), [400, 'bad_request']);
  assert.deepEqual(await say(`GET /${long} HTTP/1.1`), [414, 'path_too_long']);
  assert.deepEqual(await say(`GET / HTTP/1.1\r\nx: ${long}`), [431, 'headers_too_large']);
  assert.deepEqual(await say('GET /v1/models/%ff HTTP/1.1'), [404, 'model_not_found']);
  assert.doesNotMatch(gateway.log().slice(before), /\[(warn|error)\]/);
});

test('a body that goes to a file on the way arrives whole', async () => {
  const word = 'word '.repeat(500000);
  const answer = await openai.chat.completions.create(ask(`${word}the end`));
  assert.ok(answer.usage.prompt_tokens > 499999);
});

test('the access log has what an operator asks', async () => {
  const response = await openai.chat.completions.create(ask('Hello', { stream: true })).asResponse();
  await response.text();
  const line = await logged(response.headers.get('x-request-id'));
  assert.ok(Number(line.output_tokens) > 0);
  assert.equal(line.model, 'gpt-4o-mini');
  assert.equal(line.backend, 'vertex');
  assert.equal(line.attempts, '1');
  assert.ok(Number(line.first_byte_ms) >= 0 && Number(line.prompt_tokens) > 0);
  const status = await gateway.status();
  assert.ok(gateway.pids().includes(status.pid));
  assert.equal(status.backends.vertex.auth.type, 'service_account');
  assert.ok(!JSON.stringify(status).includes('PRIVATE'));
});

test('a name of a model is logged up to a length', async () => {
  const reply = await post(gateway, body('Hello', { model: 'm'.repeat(100000) }), { headers: { authorization: 'Bearer sk-gateway-1' } });
  assert.equal((await logged(reply.headers.get('x-request-id'))).model, 'm'.repeat(100));
});

test('where only the names of the list are models, no other goes on', async () => {
  gateway.rewrite({ other_models: false, models: { plain: { backend: 'own', model: 'plain' } } });
  gateway.signal('SIGHUP');
  await until(() => openai.chat.completions.create(ask('Hello')).then(() => false, ({ code }) => code === 'model_not_found'), 'the new settings');
  await post(gateway, '{"model":"dear","messages":[],"model":"plain"}', { headers: { authorization: 'Bearer sk-gateway-1' } });
  assert.doesNotMatch((await gateway.emulator.journal()).at(-1).body, /dear/);
});
