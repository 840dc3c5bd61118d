// SPDX-License-Identifier: MIT
// The library is judged by a server that was not written here: npm @copilotkit/aimock, plain and behind nginx.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { complete, open, stream } from './chatabi.mjs';
import { ANSWER, ask, startMock, TOOLS } from './mock.mjs';
import { makeAuthority, startNginx, stopAll } from './servers.mjs';

let mock, openai, vertex, nginx;

before(async () => {
  mock = await startMock();
  const authority = makeAuthority();
  nginx = await startNginx(mock.url, authority.sign('server', 'IP:127.0.0.1'));
  openai = { base_url: `${mock.url}/v1`, proxy: '', max_retries: 0 };
  vertex = {
    provider: 'vertex', base_url: nginx.url, project: 'a-project', location: 'us-central1', auth: ['token', 'ya29.judge'], ca_file: authority.ca_file,
    proxy: '', max_retries: 0,
  };
});
after(async () => {
  await mock.stop();
  await stopAll();
});

const paths = { 'OpenAI path': () => openai, 'Vertex path through nginx': () => vertex };
const wireVersion = () => ({ 'OpenAI path': 11, 'Vertex path through nginx': 20 });

for (const [path, options] of Object.entries(paths)) {
  test(`${path}: text, streamed and whole`, async () => {
    const streamed = await stream(options(), ask('text'));
    const whole = await complete(options(), ask('text'));
    assert.equal(streamed.text, ANSWER);
    assert.equal(streamed.result.choices[0].message.content, ANSWER);
    assert.ok(streamed.events.filter((event) => event.kind === 'text').length > 5);
    assert.equal(whole.text, ANSWER);
    assert.deepEqual(whole.events.map((event) => event.kind), ['text']);
    for (const { error, info, result } of [streamed, whole]) {
      assert.equal(error, null);
      assert.equal(result.object, 'chat.completion');
      assert.equal(result.choices[0].finish_reason, 'stop');
      assert.equal(info.http_version, wireVersion()[path]);
      assert.equal(info.http_status, 200);
    }
  });

  test(`${path}: usage`, async () => {
    const { result, info } = await stream(options(), ask('usage', { stream_options: { include_usage: true } }));
    assert.deepEqual(result.usage, { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 });
    assert.deepEqual([info.prompt_tokens, info.completion_tokens, info.total_tokens], [11, 7, 18]);
  });

  test(`${path}: tool calls`, async () => {
    for (const send of [stream, complete]) {
      const { events, result, error } = await send(options(), ask('two in parallel', { tools: TOOLS }));
      assert.equal(error, null);
      const tools = events.filter((event) => event.kind === 'tool');
      assert.deepEqual(tools.map((event) => event.text), ['get_weather', 'get_time']);
      const calls = result.choices[0].message.tool_calls;
      assert.deepEqual(tools.map((event) => JSON.parse(event.json)), calls);
      assert.deepEqual(calls.map((call) => call.id), ['call_one', 'call_two']);
      assert.deepEqual(JSON.parse(calls[0].function.arguments), { city: 'Zürich' });
      assert.deepEqual(JSON.parse(calls[1].function.arguments), { zone: 'Europe/Zurich', note: 'a "quoted" \\ word' });
      assert.equal(result.choices[0].finish_reason, 'tool_calls');
    }
  });

  test(`${path}: finish reasons`, async () => {
    assert.equal((await stream(options(), ask('length'))).result.choices[0].finish_reason, 'length');
    assert.equal((await stream(options(), ask('filter'))).result.choices[0].finish_reason, 'content_filter');
  });

  test(`${path}: refusals`, async () => {
    for (const send of [stream, complete]) {
      const key = await send(options(), ask('key'));
      assert.deepEqual([key.error, key.info.http_status, key.error_json.provider_code], ['UNAUTHENTICATED', 401, 'invalid_api_key']);
      const limit = await send(options(), ask('limit'));
      assert.deepEqual([limit.error, limit.info.retry_after_ms, limit.info.retryable], ['RATE_LIMIT', 7000, 1]);
      assert.equal(limit.header['retry-after'], '7');
      const broken = await send(options(), ask('broken'));
      assert.deepEqual([broken.error, broken.info.http_status], ['SERVER', 500]);
      const missing = await send(options(), ask('nobody answers this'));
      assert.deepEqual([missing.error, missing.info.http_status], ['NOT_FOUND', 404]);
      for (const { result, events, message } of [key, limit, broken, missing]) {
        assert.equal(result, null);
        assert.equal(events.length, 0);
        assert.match(message, /HTTP \d+/);
      }
    }
  });

  test(`${path}: a cut stream keeps what came and is no whole answer`, async () => {
    const { error, text, result } = await stream(options(), ask('cut'));
    assert.ok(['DISCONNECT', 'TRUNCATED'].includes(error), error);
    assert.ok(text.length > 0 && ANSWER.startsWith(text.slice(0, ANSWER.length)));
    assert.equal(result.choices[0].message.content, text);
    assert.notEqual(result.choices[0].finish_reason, 'stop');
  });

  test(`${path}: chaos`, async () => {
    const chaos = (kind) => stream(options(), ask('text'), { options: { headers: { [`x-aimock-chaos-${kind}`]: '1' } } });
    assert.equal((await chaos('drop')).error, 'SERVER');
    const malformed = await chaos('malformed');
    assert.equal(malformed.error, 'PROTOCOL');
    assert.match(malformed.message, /not valid JSON/);
    const limit = await chaos('ratelimit');
    assert.deepEqual([limit.error, limit.info.retry_after_ms], ['RATE_LIMIT', 1000]);
    // nginx answers 502 for a server that hangs up.
    const disconnect = await chaos('disconnect');
    assert.equal(disconnect.error, path.includes('nginx') ? 'SERVER' : 'DISCONNECT');
    assert.equal(disconnect.info.retryable, 1);
  });
}

test('a path that does not exist', async () => {
  const { error, message } = await stream(openai, ask('text'), { options: { path: '/no/such/thing' } });
  assert.equal(error, 'NOT_FOUND');
  assert.match(message, /404/);
});

test('what is sent: the body as it was given, one content type, the token on Vertex only', async () => {
  await stream(openai, ask('text', { seed: 7 }));
  await stream(vertex, ask('text', { seed: 7 }));
  const [first, second] = mock.getRequests().slice(-2);
  for (const { headers, body } of [first, second]) {
    assert.equal(headers['content-type'], 'application/json');
    assert.match(headers['user-agent'], /^chatabi\/\d/);
    assert.equal(body.seed, 7);
    assert.equal(body.stream, true);
  }
  assert.equal(first.headers.authorization, undefined);
  assert.match(first.path, /^\/v1\/chat\/completions/);
  assert.match(second.path, /^\/v1beta1\/projects\/a-project\/locations\/us-central1\/endpoints\/openapi\/chat\/completions/);
  assert.ok(second.headers.authorization === 'Bearer ya29.judge' || /redact|\*/i.test(second.headers.authorization));
});

test('cancel ends a stream', async () => {
  const { error, events, result } = await stream(openai, ask('slow'), { cancelAfter: 3 });
  assert.equal(error, 'CANCELLED');
  assert.equal(events.length, 3);
  assert.ok(result);
});

test('retries are made within one request', async () => {
  const client = open({ ...openai, max_retries: 2 });
  const { error, info } = await client.complete(ask('text'), { options: { headers: { 'x-aimock-chaos-drop': '1' } } });
  assert.equal(error, 'SERVER');
  assert.equal(info.attempts, 3);
  assert.equal(client.status().counters.retries, 2);
  client.close();
});
