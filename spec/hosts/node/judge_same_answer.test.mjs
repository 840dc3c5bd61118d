// SPDX-License-Identifier: MIT
// The same questions through npm openai and through the library, to two servers: the answers must be the same, but for what
// `differences` lists with its reason.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { complete, stream } from './chatabi.mjs';
import { startEmulator } from './emulator.mjs';
import { ask, startMock, TOOLS } from './mock.mjs';
import { require } from './modules.mjs';

const OpenAI = require('openai');

const prompts = {
  text: ask('text'),
  'a tool call': ask('weather', { tools: TOOLS }),
  'two tool calls': ask('two in parallel', { tools: TOOLS }),
  usage: ask('usage', { stream_options: { include_usage: true } }),
  length: ask('length', { max_tokens: 4 }),
};

// Not compared, and why.
const differences = {
  'id, created': 'aimock makes new ones for every answer',
  refusal: 'npm openai adds refusal: null to every message that it assembles; the library keeps what the server sent',
  parsed: 'npm openai adds parsed and tool_calls[].function.parsed_arguments, its own reading of the text',
  logprobs: 'npm openai adds logprobs: null to every choice that it assembles',
};

const message = ({ role, content, tool_calls: calls }) => ({
  role,
  content: content ?? null,
  tool_calls: (calls ?? []).map(({ id, type, function: { name, arguments: text } }) => ({ id, type, name, arguments: text })),
});
const comparable = ({ object, model, choices, usage }) => ({
  object,
  model,
  usage: usage ?? null,
  choices: choices.map((choice) => ({ index: choice.index, finish_reason: choice.finish_reason, message: message(choice.message) })),
});

let mock, emulator, places;

before(async () => {
  mock = await startMock();
  emulator = await startEmulator();
  const token = await emulator.token();
  const vertexModel = { model: 'google/gemini-2.5-flash' };
  places = {
    aimock: { url: `${mock.url}/v1`, key: 'sk-judge', options: { base_url: `${mock.url}/v1`, auth: ['api_key', 'sk-judge'] }, more: {} },
    'the emulator, OpenAI path': {
      url: `${emulator.url}/v1`, key: emulator.api_key, options: { base_url: `${emulator.url}/v1`, auth: ['api_key', emulator.api_key] }, more: {},
    },
    'the emulator, Vertex path': {
      url: emulator.vertex, key: token, more: vertexModel,
      options: { provider: 'vertex', base_url: emulator.url, project: emulator.project, location: 'us-central1', auth: ['token', token] },
    },
  };
});
after(async () => {
  await mock.stop();
  await emulator.stop();
});

const theirs = (place) => new OpenAI({ baseURL: place.url, apiKey: place.key, maxRetries: 0 });
const ours = (place) => ({ ...place.options, proxy: '', max_retries: 0 });
const whole = ({ stream_options: _, ...body }) => body;

for (const name of ['aimock', 'the emulator, OpenAI path', 'the emulator, Vertex path']) {
  for (const [what, prompt] of Object.entries(prompts)) {
    test(`${name}: ${what}, streamed`, async () => {
      const place = places[name];
      const body = { ...prompt, ...place.more };
      // The library asks for usage by itself.
      const asked = { ...body, stream_options: { include_usage: true } };
      const expected = await theirs(place).chat.completions.stream(asked).finalChatCompletion().catch((error) => {
        // The helper takes an answer that was cut for a failure, with the answer in the error.
        if (error.name !== 'LengthFinishReasonError' && !/length limit/.test(error.message)) throw error;
        return null;
      });
      const { result, error, text } = await stream(ours(place), body);
      assert.equal(error, null);
      if (expected) assert.deepEqual(comparable(result), comparable(expected));
      else assert.equal(result.choices[0].finish_reason, 'length');
      assert.equal(text, result.choices[0].message.content ?? '');
    });

    test(`${name}: ${what}, whole`, async () => {
      const place = places[name];
      const body = whole({ ...prompt, ...place.more });
      const expected = await theirs(place).chat.completions.create(body);
      const { result, error } = await complete(ours(place), body);
      assert.equal(error, null);
      assert.deepEqual(comparable(result), comparable(expected));
    });
  }

  test(`${name}: the deltas are the same, one by one`, async () => {
    const place = places[name];
    const body = { ...prompts.usage, ...place.more };
    const deltas = [];
    for await (const chunk of await theirs(place).chat.completions.create({ ...body, stream: true })) {
      const text = chunk.choices[0]?.delta?.content;
      if (text) deltas.push(text);
    }
    const { events } = await stream(ours(place), body);
    assert.deepEqual(events.filter((event) => event.kind === 'text').map((event) => event.text), deltas);
  });
}

test('the same errors', async () => {
  const place = places.aimock;
  for (const [prompt, error] of [['key', 'UNAUTHENTICATED'], ['limit', 'RATE_LIMIT'], ['broken', 'SERVER'], ['unheard of', 'NOT_FOUND']]) {
    const theirError = await theirs(place).chat.completions.create(ask(prompt)).catch((thrown) => thrown);
    const own = await complete(ours(place), ask(prompt));
    assert.equal(own.error, error);
    assert.equal(own.error_json.http_status, theirError.status);
    assert.equal(own.error_json.provider_code ?? null, theirError.code ?? null);
    assert.equal(own.error_json.provider_type ?? null, theirError.type ?? null);
    assert.ok(theirError.message.includes(own.error_json.provider_message));
  }
});
