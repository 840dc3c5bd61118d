// SPDX-License-Identifier: MIT
// The same conversations through npm openai and through the library, with every server that is at hand: whatever is not in
// the table of differences must be the same.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { differences } from './conversation_differences.mjs';
import { compare, ours, play, tableOf, theirs } from './conversation_sides.mjs';
import { conversations, startMock } from './conversations.mjs';
import { startEmulator } from './emulator.mjs';

let mock, emulator, places;

before(async () => {
  mock = await startMock();
  emulator = await startEmulator('--require-key');
  const key = emulator.api_key, token = await emulator.token();
  const vertex = (location, rest) => `${emulator.url}/v1/projects/${emulator.project}/locations/${location}/endpoints/${rest}`;
  const onVertex = { provider: 'vertex', base_url: emulator.url, project: emulator.project, auth: ['token', token] };
  places = {
    aimock: { url: `${mock.url}/v1`, key: 'sk-judge', model: 'gpt-4o-mini', options: { provider: 'openai', base_url: `${mock.url}/v1`, auth: ['api_key', 'sk-judge'] } },
    OpenAI: { url: `${emulator.url}/v1`, key, model: 'gpt-4o-mini', options: { provider: 'openai', base_url: `${emulator.url}/v1`, auth: ['api_key', key] } },
    Vertex: { url: vertex('global', 'openapi'), key: token, model: 'google/gemini-3-pro', options: { ...onVertex, location: 'global' } },
    endpoint: { url: vertex('us-central1', '1234567890'), key: token, model: 'mine', options: { ...onVertex, location: 'us-central1', endpoint: '1234567890' } },
    Gemini: {
      url: `${emulator.url}/v1beta/openai`, key, model: 'gemini-3-pro',
      options: { provider: 'gemini', base_url: `${emulator.url}/v1beta/openai`, auth: ['api_key', key] },
    },
  };
});
after(async () => {
  await mock.stop();
  await emulator.stop();
});

const table = tableOf(differences);

for (const place of ['aimock', 'OpenAI', 'Vertex', 'endpoint', 'Gemini'])
  for (const one of conversations)
    for (const streamed of [true, false]) {
      const name = `${place}: ${one.name}, ${streamed ? 'streamed' : 'whole'}`;
      test(name, async () => {
        const mine = await play(ours, places[place], one, { streamed });
        const other = await play(theirs, places[place], one, { streamed });
        if (streamed) assert.ok(mine[0].get('chunks') >= (one.least ?? 0));
        table.check(name, compare(mine, other));
      });
    }

test('every entry of the table occurs', () => assert.deepEqual(table.unseen(), []));

after(() => table.print('Where chatabi and npm openai differ'));
