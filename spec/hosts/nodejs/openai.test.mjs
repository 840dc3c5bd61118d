// SPDX-License-Identifier: MIT
// npm openai as the oracle: the same questions to the same server give the same final message, tool calls, usage and deltas.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';
import { Client } from 'chatabi';
import { startEmulator } from './emulator.mjs';

const tools = ['get_weather', 'get_time'].map((name) => ({
  type: 'function', function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
}));
const ask = (content, more) => ({ model: 'gpt-4o', messages: [{ role: 'user', content }], ...more });
const questions = {
  text: ask('Grüße 🌊'),
  'a tool call': ask('the weather', { tools }),
  'two tool calls': ask('two in parallel', { tools }),
  'tool calls in steps': ask('in steps', { tools }),
  'a refusal': ask('refuse'),
  choices: ask('choices', { n: 3 }),
  usage: ask('usage', { stream_options: { include_usage: true } }),
};

// npm openai adds its own reading (parsed, parsed_arguments), and null where a server has sent nothing.
const withoutNulls = (value) => JSON.parse(JSON.stringify(value, (key, member) => (member === null || key.startsWith('parsed') ? undefined : member)));

let emulator, theirs, ours;
before(async () => {
  emulator = await startEmulator();
  theirs = new OpenAI({ baseURL: `${emulator.url}/v1`, apiKey: emulator.api_key, maxRetries: 0 }).chat.completions;
  ours = new Client({ base_url: `${emulator.url}/v1`, auth: ['api_key', emulator.api_key], max_retries: 0 });
});
after(async () => {
  ours.close();
  await emulator.stop();
});

for (const [what, body] of Object.entries(questions)) {
  test(`${what}: the same, streamed and whole`, async () => {
    const expected = await theirs.stream({ ...body, stream_options: { include_usage: true } }).finalChatCompletion();
    assert.deepEqual(withoutNulls((await ours.stream(body).result()).completion), withoutNulls(expected));
    const { stream_options: _, ...whole } = body;
    assert.deepEqual((await ours.chat(whole)).completion, { ...(await theirs.create(whole)) });
  });
}

test('the same deltas, one by one', async () => {
  const deltas = [];
  for await (const { choices: [choice] } of await theirs.create({ ...questions.text, stream: true })) if (choice?.delta.content) deltas.push(choice.delta.content);
  const texts = [];
  for await (const { type, text } of ours.stream(questions.text)) if (type === 'text') texts.push(text);
  assert.deepEqual(texts, deltas);
});

test('a conversation with tools that either began, the other ends', async () => {
  const talk = async (first, second) => {
    const messages = [...questions['two tool calls'].messages];
    const message = await first({ model: 'gpt-4o', messages, tools });
    messages.push(message, ...message.tool_calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'sun' })));
    return (await second({ model: 'gpt-4o', messages, tools })).content;
  };
  const our = async (body) => (await ours.stream(body).result()).message;
  const their = async (body) => (await theirs.create(body)).choices[0].message;
  assert.equal(await talk(our, their), await talk(their, our));
});
