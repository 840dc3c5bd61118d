// SPDX-License-Identifier: MIT
// chatabi.loop.nginx() in the real nginx; what each location does is in phases.lua.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startGateway, until } from './gateway.mjs';

const source = fileURLToPath(new URL('phases.lua', import.meta.url));
const NAMES = ['talk', 'in_timer', 'in_own_coroutine', 'in_light_threads', 'in_time', 'ended_by_another', 'closed_client', 'whichever'];
const say = (name) => `ngx.say(require("phases").${name}())`;
const LOCATIONS = [
  ...NAMES.map((name) => `location = /${name} { content_by_lua_block { ${say(name)} } }`),
  `location = /rewrite { rewrite_by_lua_block { ${say('talk')} ngx.exit(200) } }`,
  `location = /access { access_by_lua_block { ${say('talk')} ngx.exit(200) } }`,
  `location = /log { log_by_lua_block { require("phases").while_logging() } return 200; }`,
].join('\n');

let gateway;

before(async () => {
  gateway = await startGateway({ conf: (text, folder) => {
    copyFileSync(source, join(folder, 'lua/phases.lua'));
    return text.replace('location = /ping', `${LOCATIONS}\nlocation = /ping`);
  } });
});
after(() => gateway?.stop());

const get = async (name) => {
  const reply = await fetch(`${gateway.url}/${name}`);
  assert.equal(reply.status, 200, gateway.log());
  return (await reply.text()).trim();
};

for (const name of ['rewrite', 'access', 'talk', 'in_timer', 'in_own_coroutine']) {
  test(`everything that waits works: ${name}`, async () => assert.equal(await get(name), 'good'));
}

test('ten light threads of one request wait side by side', async () => assert.equal(await get('in_light_threads'), Array(10).fill('good').join(' ')));
test('a limit of time is kept', async () => assert.equal(await get('in_time'), 'good'));
test('who waits finds out that the stream was cancelled or closed', async () => assert.equal(await get('ended_by_another'), 'CANCELLED closed'));
test('who waits finds out that the client was closed', async () => assert.equal(await get('closed_client'), 'CLOSED'));
test('client:ready gives whichever stream comes first', async () => assert.equal(await get('whichever'), 'quick slow'));

test('where nginx lets nothing wait, waits block and the answers are the same', async () => {
  await get('log');
  await until(() => gateway.log().includes('while logging: good'), 'what was logged');
});
