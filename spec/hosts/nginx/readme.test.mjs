// SPDX-License-Identifier: MIT
// Every block of examples/nginx/README.md is run as it stands. Only the port is another one, and /opt a folder of the
// test's; "sudo" runs what it is given, and the settings name the emulator.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEmulator } from '../node/emulator.mjs';
import { require } from '../node/modules.mjs';
import { freePort, lua, spawnWatched, until, vertexBackend } from './gateway.mjs';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const page = readFileSync(join(root, 'examples/nginx/README.md'), 'utf8');
const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code]) => ({ language, code }));
const CANNED = '[emulator] canned reply - no model was called';

let place, port, started;
const running = [];

before(async () => {
  place = mkdtempSync(join(tmpdir(), 'chatabi-page-'));
  chmodSync(place, 0o755);
  port = await freePort();
  started = blocks.filter(({ code }) => /run\.sh|nginx -p/.test(code));
  mkdirSync(join(place, 'examples'));
  cpSync(join(root, 'examples/nginx'), join(place, 'examples/nginx'), { recursive: true });
  const conf = join(place, 'examples/nginx/nginx.conf');
  writeFileSync(conf, readFileSync(conf, 'utf8').replace('127.0.0.1:8080', `127.0.0.1:${port}`).replace('user www-data;', process.getuid() === 0 ? 'user root;' : ''));
  mkdirSync(join(place, 'bin'));
  mkdirSync(join(place, 'tmp'));
  writeFileSync(join(place, 'bin/sudo'), '#!/bin/sh\n[ "$1" != -E ] || shift\nexec "$@"\n');
  chmodSync(join(place, 'bin/sudo'), 0o755);
  symlinkSync(realpathSync(dirname(dirname(require.resolve('openai')))), join(place, 'node_modules'));
});
after(async () => {
  for (const child of running) child.stdin.end();
  await Promise.all(running.map((child) => child.ended));
  rmSync(place, { recursive: true, force: true });
});

const environment = (more) => ({
  ...process.env, PORT: `${port}`, HOME: place, TMPDIR: join(place, 'tmp'), PATH: `${join(place, 'bin')}:${process.env.PATH}:/usr/sbin:/usr/local/sbin`, ...more,
});
const placed = (code) => code.replaceAll('127.0.0.1:8080', `127.0.0.1:${port}`).replaceAll('/opt/', `${place}/opt/`).replaceAll('-o www-data', '');

async function start(code, env) {
  const child = spawnWatched(['sh', '-ec', placed(code)], { cwd: place, env: environment(env), stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (text) => (said += text));
  child.ended = new Promise((resolve) => child.once('exit', resolve));
  running.push(child);
  await until(() => {
    if (child.exitCode !== null) throw new Error(said);
    return fetch(`http://127.0.0.1:${port}/ping`).then(({ ok }) => ok, () => false);
  }, `an answer: ${said}`);
  return child;
}

const end = async (child) => {
  child.stdin.end();
  await child.ended;
  await until(() => fetch(`http://127.0.0.1:${port}/ping`).then(() => false, () => true), 'an end of the server');
};

const ask = async ({ language, code }) => {
  const file = join(place, language === 'js' ? 'block.mjs' : 'block.sh');
  writeFileSync(file, placed(code));
  return (await run(language === 'js' ? process.execPath : 'sh', [file], { cwd: place, env: environment(), timeout: 20000 })).stdout;
};

test('there is a way to start for those who try, and one for those who mean it; the rest are questions', () => {
  assert.equal(started.length, 2);
  assert.ok(blocks.length >= 4);
});

test('run.sh serves what the page asks, and leaves nothing behind', async () => {
  const server = await start(started[0].code);
  for (const block of blocks.filter((one) => !started.includes(one))) {
    const output = await ask(block);
    assert.ok(output.startsWith(CANNED) || (output.startsWith('data: {') && output.endsWith('data: [DONE]\n\n')), output);
  }
  await end(server);
  await until(() => readdirSync(join(place, 'tmp')).length === 0, 'an empty folder for temporary files');
});

test('what the page says about a project of your own serves it', async () => {
  const emulator = await startEmulator('--tls', '--project', 'my-project');
  try {
    const settings = join(place, 'settings.lua');
    const { project: _, ...backend } = vertexBackend(emulator); // the page sets it
    writeFileSync(settings, `local settings = dofile "${place}/opt/chatabi-gateway/settings.lua"\nsettings.backends.vertex = ${lua(backend)}\nreturn settings\n`);
    // Where an installed chatabi has it.
    const code = started[1].code.replace(/^(export GOOGLE_CLOUD_PROJECT)/m, `cp "${process.env.CHATABI_LUAJIT_FILE}" /opt/chatabi-gateway/lua/chatabi.lua\n$1`);
    const server = await start(code, { GATEWAY_SETTINGS: settings });
    assert.ok((await ask(blocks.find(({ language }) => language === 'js'))).startsWith(CANNED));
    await end(server);
  } finally {
    await emulator.stop();
  }
});
