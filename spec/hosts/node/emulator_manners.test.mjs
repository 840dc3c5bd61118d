// SPDX-License-Identifier: MIT
// A body that was made for another server is refused, or what it says in vain is left out, as by the real one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startEmulator } from './emulator.mjs';

let emulator, token, at;

before(async () => {
  emulator = await startEmulator('--journal-bodies');
  token = await emulator.token();
  const vertex = `${emulator.url}/v1/projects/${emulator.project}/locations/global/endpoints`;
  at = {
    openai: `${emulator.url}/v1`, vertex: `${vertex}/openapi`, endpoint: `${vertex}/1234567890`,
    gemini: `${emulator.url}/v1beta/openai`, vllm: `${emulator.url}/vllm/v1`, old: `${emulator.url}/old/v1`,
  };
});
after(() => emulator.stop());

const models = {
  openai: 'gpt-4o-mini', vertex: 'google/gemini-2.5-flash', endpoint: '', gemini: 'gemini-2.5-flash', vllm: 'qwen', old: 'old',
  maas: 'deepseek-ai/deepseek-r1-0528-maas',
};
const user = (content) => ({ role: 'user', content });
const post = async (surface, more, headers = {}) => {
  const base = at[surface] ?? at.vertex;
  const reply = await fetch(`${base}/chat/completions`, {
    method: 'POST', body: JSON.stringify({ model: models[surface], messages: [user('Hi')], ...more }),
    headers: { 'content-type': 'application/json', ...(base.includes('/projects/') && { authorization: `Bearer ${token}` }), ...headers },
  });
  const text = await reply.text();
  const json = more.stream ? text : JSON.parse(text);
  const error = Array.isArray(json) ? json[0].error : json.error ?? (json.object === 'error' ? json : undefined);
  return { status: reply.status, json, error, text, message: json.choices?.[0].message };
};
const refused = async (surface, more, pattern, members = {}) => {
  const { status, error } = await post(surface, more);
  assert.equal(status, 400, `${surface} ${JSON.stringify(more)}`);
  assert.match(error.message, pattern);
  for (const [name, value] of Object.entries(members)) assert.equal(error[name], value);
};
const taken = async (surface, more, headers) => {
  const reply = await post(surface, more, headers);
  assert.equal(reply.status, 200, `${surface} ${JSON.stringify(more)}: ${JSON.stringify(reply.error)}`);
  return reply;
};
const tool = (parameters, name = 'look') => ({ type: 'function', function: { name, parameters } });
const image = (url, detail) => ({ type: 'image_url', image_url: detail ? { url, detail } : { url } });
const PNG = 'data:image/png;base64,iVBORw0KGgo=';

test('OpenAI refuses what it does not know', async () => {
  await refused('openai', { extra_body: {} }, /Unrecognized request argument supplied: extra_body/, { code: 'unknown_parameter' });
  const foreign = { role: 'assistant', content: 'x', reasoning_content: 'y' };
  await refused('openai', { messages: [user('a'), foreign, user('b')] }, /messages\[1\]\.reasoning_content/, { code: 'unknown_parameter' });
  const call = { id: 'c', type: 'function', function: { name: 'look', arguments: '{}' }, extra_content: { google: { thought_signature: 'x' } } };
  const history = [user('a'), { role: 'assistant', content: null, tool_calls: [call] }, { role: 'tool', tool_call_id: 'c', content: 'z' }];
  await refused('openai', { messages: history }, /messages\[1\]\.tool_calls\[0\]\.extra_content/);
  await taken('vllm', { messages: history, extra_body: {} });
});

test('OpenAI takes pictures its own way only', async () => {
  const say = (part) => ({ messages: [user([{ type: 'text', text: 'Look' }, part])] });
  await refused('openai', say({ type: 'image_url', image_url: PNG }), /got a string instead/, { code: 'invalid_type' });
  await refused('openai', say(image('gs://bucket/cat.png')), /Invalid image URL/);
  await refused('openai', say({ type: 'video_url', video_url: { url: 'x' } }), /Supported values/);
  await refused('openai', say({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'audio/mp3' } }), /'wav' and 'mp3'/);
  await refused('vllm', say(image('gs://bucket/cat.png')), /HTTP, data or file/, { code: 400 });
  await refused('endpoint', say(image('gs://bucket/cat.png')), /HTTP, data or file/, { code: 400, type: 'BadRequestError' });
  for (const surface of ['vertex', 'vllm', 'endpoint']) await taken(surface, say({ type: 'image_url', image_url: PNG }));
  await taken('vertex', say({ type: 'image_url', image_url: 'gs://bucket/cat.png' }));
});

test('models that reason refuse what others take', async () => {
  for (const model of ['o1', 'o3-mini', 'o4-mini', 'gpt-5', 'gpt-5-mini', 'gpt-5.1']) {
    await refused('openai', { model, max_tokens: 5 }, /max_completion_tokens/, { code: 'unsupported_parameter', param: 'max_tokens' });
    await refused('openai', { model, temperature: 0.2 }, /Only the default/, { code: 'unsupported_value' });
    await taken('openai', { model, max_completion_tokens: 5, temperature: 1 });
  }
  const mixed = [{ role: 'system', content: 'a' }, { role: 'developer', content: 'b' }, user('c')];
  await refused('openai', { model: 'o3', messages: mixed }, /mixed/);
  for (const model of ['gpt-4o', 'o10', 'gpt-5-chat-latest']) await taken('openai', { model, max_tokens: 5, temperature: 0.2, messages: mixed });
});

test('nobody but OpenAI knows developers', async () => {
  const messages = [{ role: 'developer', content: 'Be brief.' }, user('Hi')];
  for (const surface of ['vertex', 'gemini', 'endpoint', 'maas', 'vllm', 'old']) await refused(surface, { messages }, /role/);
  await taken('openai', { messages });
});

test('Google takes no JSON Schema that has no field in its own', async () => {
  const object = (properties, more) => ({ type: 'object', properties, ...more });
  const bad = [
    [{ $schema: 'x', type: 'object' }, /Unknown name "\$schema" at 'tools\[0\]\.function_declarations\[0\]\.parameters': Cannot find field/],
    [object({ a: { const: 1 } }), /Unknown name "const" at '.*parameters\.properties\[0\]\.value'/],
    [object({ a: {}, b: { type: ['string', 'null'] } }), /Unknown name "type" at '.*properties\[1\]\.value': Proto field is not repeating/],
    [object({ a: { anyOf: [{}, { $ref: '#/$defs/x' }] } }), /Unknown name "\$ref" at '.*any_of\[1\]'/],
    [object({ a: { type: 'array', items: { exclusiveMinimum: 1 } } }), /exclusiveMinimum" at '.*\.items'/],
    [object({ a: { enum: [1] } }), /TYPE_STRING/],
  ];
  const good = object({ a: { type: 'string', nullable: true, minLength: 1 }, b: { anyOf: [{ type: 'integer' }], description: 'x' } }, { required: ['a'] });
  for (const surface of ['vertex', 'gemini']) {
    for (const [schema, pattern] of bad) await refused(surface, { tools: [tool(schema)] }, pattern, { status: 'INVALID_ARGUMENT' });
    await taken(surface, { tools: [tool(good)] });
  }
  const open = object({}, { additionalProperties: false });
  await refused('gemini', { tools: [tool(open)] }, /additionalProperties/);
  for (const surface of ['vertex', 'maas', 'vllm', 'openai']) await taken(surface, { tools: [tool(open)] });
  for (const surface of ['maas', 'vllm', 'openai']) await taken(surface, { tools: [tool(bad[0][0])] });
});

test('Google leaves out what it does not know, and wants its own consistent', async () => {
  const body = { service_tier: 'flex', made_up: 1, store: true, logprobs: true };
  const usual = await taken('vertex', body);
  assert.equal(usual.json.usage.extra_properties.google.traffic_type, 'ON_DEMAND');
  assert.equal(usual.json.choices[0].logprobs, null);
  const flex = await taken('vertex', body, { 'X-Vertex-AI-LLM-Shared-Request-Type': 'flex' });
  assert.equal(flex.json.usage.extra_properties.google.traffic_type, 'ON_DEMAND_FLEX');
  const thinking = { reasoning_effort: 'low', extra_body: { google: { thinking_config: { thinking_budget: 1 } } } };
  await refused('vertex', thinking, /both/);
  const pictures = { messages: [user([image(PNG, 'low'), image(PNG, 'high')])] };
  await refused('vertex', pictures, /detail/);
  await taken('vertex', { ...pictures, model: 'google/gemini-3-pro-preview' });
  assert.equal((await post('vertex', { model: 'gemini-2.5-flash' })).status, 400);
  assert.equal((await post('gemini', { model: 'google/gemini-2.5-flash' })).status, 404);
});

test('an old server refuses what is new', async () => {
  for (const more of [{ stream_options: { include_usage: true } }, { max_completion_tokens: 5 }, { tools: [tool({})] }])
    await refused('old', more, new RegExp(Object.keys(more)[0]), { object: 'error', code: 400 });
  await taken('old', { max_tokens: 5, temperature: 0.1, unknown: 1 });
  await taken('vllm', { max_completion_tokens: 5, unknown: 1 });
});

test('usage is told where it was asked for', async () => {
  const stream = { stream: true };
  for (const surface of ['openai', 'vllm', 'endpoint', 'maas']) {
    assert.doesNotMatch((await taken(surface, stream)).text, /prompt_tokens/);
    assert.match((await taken(surface, { ...stream, stream_options: { include_usage: true } })).text, /prompt_tokens/);
  }
  assert.match((await taken('vertex', stream)).text, /prompt_tokens/);
});

test('parts are counted by what they hold', async () => {
  const parts = [
    { type: 'text', text: 'See' }, image(PNG), image('https://example.com/x.png'), image('data:application/pdf;base64,AAAA'),
    { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
  ];
  const vertex = await taken('vertex', { messages: [user(parts)] });
  assert.match(vertex.message.content, /You sent 2 images, 1 audio, 1 pdf\. /);
  const file = { type: 'file', file: { filename: 'x.pdf', file_data: 'data:application/pdf;base64,AAAA' } };
  assert.match((await taken('openai', { messages: [user([file, image(PNG)])] })).message.content, /You sent 1 image, 1 pdf\. /);
  assert.doesNotMatch((await taken('vertex', { messages: [user([{ type: 'text', text: 'a' }, file])] })).message.content, /You sent/);
  await refused('vllm', { messages: [user([file])] }, /Unknown part type/);
});

const round = (history, message, answers) => [...history, message, ...message.tool_calls.map((call, i) => ({ role: 'tool', tool_call_id: call.id, content: answers[i] }))];

test('Gemini 3 wants every step signed, and unaltered', async () => {
  const tools = [tool({ type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }, 'first'), tool({}, 'second')];
  for (const [surface, model] of [['vertex', 'google/gemini-3-pro-preview'], ['gemini', 'gemini-3-flash']]) {
    const ask = async (messages) => post(surface, { model, tools, messages });
    let history = [user('in steps, in parallel')];
    for (let step = 0; step < 2; step++) {
      const { message } = await ask(history);
      assert.equal(message.tool_calls.length, 2);
      assert.deepEqual(message.tool_calls.map((call) => 'extra_content' in call), [true, false]);
      history = round(history, message, ['1', '2']);
    }
    const last = await ask(history);
    assert.match(last.message.content, /The tool answered/);
    assert.match(last.message.extra_content.google.thought_signature, /^[A-Za-z0-9+/]{4,}$/);
    assert.equal((await ask([...history, last.message, user('thanks')])).status, 200);
    const changed = async (change) => {
      const copy = structuredClone(history);
      change(copy[1].tool_calls, copy[4].tool_calls);
      return ask(copy);
    };
    const corrupt = [
      ([call]) => { call.function.arguments = '{"a":"other"}'; },
      ([call]) => { call.extra_content.google.thought_signature += 'AAAA'; },
      ([call], [later]) => { later.extra_content = call.extra_content; },
      ([call, second]) => { second.extra_content = call.extra_content; },
    ];
    for (const change of corrupt) {
      const { status, error } = await changed(change);
      assert.equal(status, 400);
      assert.equal(error.message, 'Corrupted thought signature.');
    }
    for (const step of [0, 1]) {
      const { status, error } = await changed((...steps) => { delete steps[step][0].extra_content; });
      assert.equal(status, 400);
      assert.match(error.message, /thought_signature/);
    }
    const skip = { google: { thought_signature: 'skip_thought_signature_validator' } };
    assert.equal((await changed(([call]) => { call.extra_content = skip; })).status, 200);
    assert.equal((await changed(([call]) => { call.function.arguments = JSON.stringify(JSON.parse(call.function.arguments), null, 1); })).status, 200);
  }
});

test('a user who says twice gets two rounds everywhere', async () => {
  const tools = [tool({}, 'first'), tool({}, 'second')];
  for (const surface of ['openai', 'vertex', 'endpoint', 'gemini', 'vllm', 'maas']) {
    let messages = [user('call twice')];
    for (const name of ['first', 'second']) {
      const { message } = await taken(surface, { tools, messages });
      assert.deepEqual(message.tool_calls.map((call) => call.function.name), [name]);
      messages = round(messages, message, ['ok']);
    }
    assert.match((await taken(surface, { tools, messages })).message.content, /The tool answered/);
    messages.push(user('and again'));
    assert.equal((await taken(surface, { tools, messages })).message.tool_calls[0].function.name, 'first');
  }
});
