// SPDX-License-Identifier: MIT
// The streams of spec/fixtures over real HTTP, in every way that a server may send them: the answer must be what the file
// beside them says.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { open } from './chatabi.mjs';
import { brokenWays, startFixtureServer, ways } from './fixture_server.mjs';

const folder = fileURLToPath(new URL('../../fixtures/streams/', import.meta.url));
const fixtures = readdirSync(folder).filter((name) => name.endsWith('.sse')).map((name) => {
  const bytes = readFileSync(`${folder}/${name}`);
  return { name: name.slice(0, -4), bytes, type: 'text/event-stream', expected: JSON.parse(readFileSync(`${folder}/${name.slice(0, -4)}.json`, 'utf8')) };
});

// ---- what is expected: the members of the files ----

const said = (events, choice, kind) => events.filter((event) => event.choice === choice && event.kind === kind).map((event) => event.text).join('');

// An id that the library had to make is another one every time.
function withKnownIds(message, expected) {
  const calls = message?.tool_calls?.map((call, at) => {
    if (expected?.tool_calls?.[at]?.id !== 'made_up') return call;
    assert.match(call.id, /^\S{8,}$/);
    return { ...call, id: 'made_up' };
  });
  return calls ? { ...message, tool_calls: calls } : message;
}

function checkChoice(choice, expected, index, events) {
  assert.deepEqual(withKnownIds(choice.message, expected.message), expected.message);
  assert.equal(choice.index, index);
  for (const member of ['finish_reason', 'native_finish_reason']) assert.equal(choice[member] ?? null, expected[member] ?? null);
  assert.deepEqual(choice.logprobs ?? null, expected.logprobs ?? null);
  for (const kind of ['text', 'reasoning', 'refusal']) assert.equal(said(events, index, kind), expected[kind] ?? '');
  if (!expected.message) assert.equal(choice.text, expected.text);
}

function check({ result, events, error, error_json: why, info }, expected) {
  assert.equal(error, expected.error ?? null);
  if (expected.request_id) assert.equal(why.request_id, expected.request_id);
  assert.equal(result.object, expected.object ?? 'chat.completion');
  assert.equal(result.choices.length, expected.choices.length);
  expected.choices.forEach((choice, at) => checkChoice(result.choices[at], choice, at, events));
  const tools = events.filter(({ kind }) => kind === 'tool');
  assert.deepEqual(tools.map(({ text }) => text), expected.tools ?? []);
  for (const name of ['prompt_tokens', 'completion_tokens', 'total_tokens']) assert.equal(info[name], expected.usage?.[name] ?? -1);
  for (const [member, value] of Object.entries(expected.top ?? {})) assert.deepEqual(result[member], value);
}

// ---- a stream of our own, for what the files are not for ----

const chunk = (delta, more) => `data: ${JSON.stringify({ id: 'chat-1', object: 'chat.completion.chunk', choices: [{ index: 0, delta, ...more }] })}\n\n`;
const story = {
  type: 'text/event-stream; charset=utf-8',
  bytes: Buffer.from([
    chunk({ role: 'assistant', content: 'Grüezi' }), chunk({ content: ' mitenand' }), chunk({ content: ' — 🌙' }, { finish_reason: 'stop' }), 'data: [DONE]\n\n',
  ].join('')),
};

async function serve(answers, act) {
  const server = await startFixtureServer(answers);
  const ask = async (way, number, more) => {
    const { think_tag } = answers[number].expected ?? {};
    const client = open({ base_url: server.url(way, number), model: 'any', proxy: '', max_retries: 0, think_tag });
    try {
      return await client.stream({ messages: [{ role: 'user', content: 'Anything.' }] }, more);
    } finally {
      client.close();
    }
  };
  try {
    await act(ask);
  } finally {
    await server.stop();
  }
}

test('there are fixtures', () => assert.ok(fixtures.length > 0));

for (const way of Object.keys(ways))
  test(`${way}: every fixture`, () =>
    serve(fixtures, async (ask) => {
      const wrong = [];
      for (const [number, { name, expected }] of fixtures.entries())
        try {
          check(await ask(way, number), expected);
        } catch (error) {
          wrong.push(`${name}: ${error.message}`);
        }
      assert.deepEqual(wrong, []);
    }));

for (const way of ['chunk by event', 'until it closes', 'gzip by event'])
  test(`${way}: an event is delivered when it arrives, not at the end`, async () => {
    let open;
    const gate = new Promise((resolve) => (open = resolve));
    const onEvent = ({ text }) => text && open();
    await serve([{ ...story, gate }], async (ask) => assert.equal((await ask(way, 0, { onEvent })).text, 'Grüezi mitenand — 🌙'));
  });

for (const way of Object.keys(brokenWays))
  test(`${way}: is no whole answer, and what came is kept`, () =>
    serve([story], async (ask) => {
      const { error, text, result } = await ask(way, 0);
      assert.match(error ?? 'none', /^(DISCONNECT|TRUNCATED|PROTOCOL)$/);
      assert.equal(text, way === 'no gzip at all' ? '' : 'Grüezi mitenand');
      assert.equal(result?.choices[0].message.content ?? '', text);
      assert.equal(result?.choices[0].finish_reason ?? null, null);
    }));
