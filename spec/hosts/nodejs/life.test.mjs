// SPDX-License-Identifier: MIT
// How programs that use the binding live and end: alone in a process each, in workers, and under the collector.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { text as readAll } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmulator } from './emulator.mjs';

let emulator;
before(async () => {
  emulator = await startEmulator();
});
after(() => emulator.stop());

const BEGIN = `
import { Client } from 'chatabi';
import { setTimeout as sleep } from 'node:timers/promises';
const client = new Client({ base_url: process.env.EMULATOR + '/v1', model: 'gpt-4o', max_retries: 0 });
const fault = (name) => ({ headers: { 'x-emulator-fault': name } });
`;

// Runs a program, given as text or as a file, in a process of its own; for no longer than two minutes.
async function run(program, { flags = [], type = 'module', env = {}, file, words = [], cwd = import.meta.dirname } = {}) {
  const text = [`--input-type=${type}`, '-e', type === 'module' ? BEGIN + program : program];
  const child = spawn(process.execPath, [...flags, ...(file ? [file] : text), ...words], {
    cwd, env: { ...process.env, EMULATOR: emulator.url, ...env }, timeout: 120000, killSignal: 'SIGKILL',
  });
  const from = performance.now();
  const ended = once(child, 'close');
  const [out, err] = await Promise.all([readAll(child.stdout), readAll(child.stderr)]);
  const [code, signal] = await ended;
  return { code, signal, out, err, ms: performance.now() - from };
}

async function works(program, options) {
  const { code, signal, out, err } = await run(program, options);
  assert.deepEqual({ code, signal, err }, { code: 0, signal: null, err: '' });
  return out;
}

// ---- one process ----

test('an idle client keeps no process alive, and a stream that is read does', async () => {
  const out = await works(`
    await client.chat('x');
    const left = client.stream('x', fault('stall=3'));
    await left.next();
    client.stream('x', fault('pace=5')).result().then(({ text }) => console.log(text.slice(0, 10)));
  `);
  assert.equal(out, '[emulator]\n');
});

const ends = {
  'process.exit': ['process.exit(0)', { code: 0, signal: null }, /^$/],
  'an exception that nobody catches': ['throw new Error("mine")', { code: 1, signal: null }, /Error: mine/],
  SIGINT: ['process.kill(process.pid, "SIGINT"); await sleep(5000)', { code: null, signal: 'SIGINT' }, /^$/],
  'the end of the program': ['break', { code: 0, signal: null }, /^$/],
};
for (const [what, [end, expected, complaint]] of Object.entries(ends)) {
  test(`${what} in the middle of streams ends them cleanly`, async () => {
    const { code, signal, err, ms } = await run(`
      const others = [1, 2, 3].map(() => client.stream('x', fault('long=5000,pace=1')));
      if (!${what === 'the end of the program'}) others.map((stream) => stream.result());
      for await (const event of client.stream('x', fault('long=5000,pace=1'))) if (event.type === 'text') ${end};
    `);
    assert.deepEqual({ code, signal }, expected, err);
    assert.match(err, complaint);
    assert.doesNotMatch(err, /FATAL|Native stack/);
    assert.ok(ms < 5000, `${ms} ms`);
  });
}

test('streams leave the thread pool alone', async () => {
  const out = await works(`
    import { stat } from 'node:fs/promises';
    const streams = Array.from({ length: 20 }, () => client.stream('x', fault('stall=2')));
    for (const stream of streams) await stream.next();
    streams.map((stream) => stream.result().catch(() => {}));
    const from = performance.now();
    for (let i = 0; i < 20; i++) await stat('.');
    console.log(performance.now() - from);
    client.close();
  `, { env: { UV_THREADPOOL_SIZE: '1' } });
  assert.ok(Number(out) < 1000, `20 fs.stat took ${out} ms`);
});

test('where koffi cannot poll, or does not take a descriptor, streams come all the same', async () => {
  for (const node of ['undefined', '{ poll() { throw new Error("Failed to init UV poll"); } }']) {
    const out = await works(`
      require('koffi').node = ${node};
      const { Client } = require('chatabi');
      const client = new Client({ base_url: process.env.EMULATOR + '/v1', model: 'gpt-4o' });
      client.stream('x', { headers: { 'x-emulator-fault': 'slow_first_byte=30' } }).result().then(({ text }) => console.log(text.slice(0, 10)));
    `, { type: 'commonjs' });
    assert.equal(out, '[emulator]\n');
  }
});

test('require has the same', async () => {
  const program = 'const { Client, ChatabiError, version } = require("chatabi"); console.log(typeof Client, typeof ChatabiError, version().slice(0, 7))';
  const out = await works(program, { type: 'commonjs' });
  assert.equal(out, 'function function chatabi\n');
});

test('a library that is not there, or another one, is told by a sentence', async () => {
  const load = (env) => works('import("chatabi").catch((error) => console.log(error.message))', { type: 'commonjs', env });
  assert.match(await load({ CHATABI_LIBRARY: '/nowhere/libchatabi.so' }), /cannot open shared object file/);
  assert.match(await load({ CHATABI_LIBRARY: '', LD_LIBRARY_PATH: '' }), /^$|is neither beside .* set CHATABI_LIBRARY to its path/);
  assert.match(await load({ CHATABI_LIBRARY: 'libc.so.6' }), /version 1 of the library's ABI, and the library that was found has none/);
});

test('a process with another allocator does not abort', async (context) => {
  const folder = mkdtempSync(join(import.meta.dirname, 'allocator-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const LD_PRELOAD = join(folder, 'allocator.so');
  execFileSync('cc', ['-shared', '-fPIC', '-fno-builtin', '-o', LD_PRELOAD, join(import.meta.dirname, 'allocator.c')]);
  const out = await works("console.log((await client.chat('x')).text.slice(0, 10))", { env: { LD_PRELOAD } });
  assert.equal(out, '[emulator]\n');
});

test('a library beside the module is found', async (context) => {
  const folder = mkdtempSync(join(import.meta.dirname, 'beside-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const installed = join(folder, 'node_modules', 'chatabi');
  cpSync(join(import.meta.dirname, 'node_modules', 'chatabi'), installed, { recursive: true });
  copyFileSync(process.env.CHATABI_LIBRARY, join(installed, 'libchatabi.so.1'));
  const program = 'import("chatabi").then(() => console.log(/\\S+libchatabi.so.1$/m.exec(require("fs").readFileSync("/proc/self/maps", "utf8"))[0]))';
  const out = await works(program, { type: 'commonjs', cwd: folder, env: { CHATABI_LIBRARY: '' } });
  assert.equal(out, `${join(installed, 'libchatabi.so.1')}\n`);
});

// ---- workers and the collector ----

test('each worker has its client, and however it ends the process goes on', async () => {
  const out = await works(null, { file: 'workers.mjs', words: [process.env.CHATABI_LONG === '1' ? '200' : '5'] });
  assert.match(out, /^end 0 \d+\nexit 3 text\nthrow 1 mine\nleft 0\nterminated 1\n\[emulator\]\n$/);
});

test('what is dropped is freed, and what is waited for is not', async () => {
  const out = await works(null, { file: 'collector.mjs', flags: ['--expose-gc'] });
  assert.equal(out, 'streams true [emulator]\nclients true\npending true\n');
});
