// SPDX-License-Identifier: MIT
// Tool calls and thoughts as each kind of server streams them, through npm openai and through the library. What must come out
// is what the plain server gives as a whole answer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dialectDifferences } from './conversation_differences.mjs';
import { absent, compare, ours, play, tableOf, theirs } from './conversation_sides.mjs';
import { thoughts, toolConversations } from './conversations.mjs';
import { startEmulator } from './emulator.mjs';

const asServer = ['openai', 'ollama', 'lmstudio', 'vllm', 'names', 'deepseek', 'openrouter', 'mistral', 'llamacpp', 'azure'];
const names = [...asServer, 'vertex', 'vertex_args', 'vertex_thoughts', 'gemini'];
const thinking = ['deepseek', 'openrouter', 'mistral', 'vertex_thoughts'];
let emulator, places;

before(async () => {
  emulator = await startEmulator();
  const key = emulator.api_key, token = await emulator.token();
  const plain = { url: `${emulator.url}/v1`, key, model: 'gpt-4o-mini', options: { base_url: `${emulator.url}/v1`, auth: ['api_key', key] } };
  const vertex = {
    url: emulator.vertex.replace('us-central1', 'global'), key: token, model: 'google/gemini-3-pro',
    options: { provider: 'vertex', base_url: emulator.url, project: emulator.project, location: 'global', auth: ['token', token] },
  };
  places = {
    plain, vertex,
    vertex_args: { ...vertex, more: { extra_body: { google: { stream_function_call_arguments: true } } } },
    vertex_thoughts: { ...vertex, more: { extra_body: { google: { thinking_config: { include_thoughts: true } } } } },
    gemini: {
      url: `${emulator.url}/v1beta/openai`, key, model: 'gemini-3-pro',
      options: { provider: 'gemini', base_url: `${emulator.url}/v1beta/openai`, auth: ['api_key', key] },
    },
  };
  for (const name of asServer) places[name] = { ...plain, headers: { 'x-emulator-fault': `dialect=${name}` } };
});
after(() => emulator.stop());

const table = tableOf(dialectDifferences);

function textOf(turn) {
  const content = turn.get('content');
  if (content.startsWith('[{')) return JSON.parse(content).map(({ type, text }) => (type === 'text' ? text : '')).join('');
  return content === absent ? '' : content;
}

const told = (turn) => {
  const calls = [...turn].filter(([field]) => /^call \d+ (name|arguments|type)$/.test(field));
  return { text: textOf(turn), calls: calls.map(([field, value]) => [field, field.endsWith('arguments') ? JSON.parse(value) : value]), finish: turn.get('finish_reason') };
};

function checkIds(turns) {
  const ids = turns.flatMap((turn) => [...turn].filter(([field]) => /^call \d+ id$/.test(field)).map(([, id]) => id));
  assert.equal(new Set(ids).size, ids.length, 'two calls with one id');
  for (const id of ids) assert.match(id, /^\S+$/);
}

// In Google's whole answers nothing tells thoughts from text, but for a thought_tag_marker.
const isMixed = (dialect, streamed) => dialect === 'vertex_thoughts' && !streamed;

for (const dialect of names)
  for (const one of [...toolConversations, thoughts])
    for (const streamed of [true, false]) {
      const name = `${dialect}: ${one.name}, ${streamed ? 'streamed' : 'whole'}`;
      test(name, async () => {
        const right = await play(ours, places.plain, one, { streamed: false });
        const mine = await play(ours, places[dialect], one, { streamed });
        checkIds(mine);
        if (streamed) for (const turn of mine) assert.equal(turn.get('text as it came'), textOf(turn));
        if (!isMixed(dialect, streamed)) {
          assert.deepEqual(mine.map(told), right.map(told));
          assert.equal(mine[0].get('reasoning') !== absent, thinking.includes(dialect));
        }
        const other = await play(theirs, places[dialect], one, { streamed });
        table.check(name, compare(mine, other));
      });
    }

test('every entry of the table occurs', () => assert.deepEqual(table.unseen(), []));

after(() => table.print('Where chatabi and npm openai read tool calls differently'));
