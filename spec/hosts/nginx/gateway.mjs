// SPDX-License-Identifier: MIT
// Runs examples/nginx as it stands in a folder of its own, in front of the emulator as Vertex AI. Only where it listens,
// as whom it runs and where it logs is changed. Everything ends with stop, or with this process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmulator } from '../node/emulator.mjs';

const example = fileURLToPath(new URL('../../../examples/nginx', import.meta.url));

export const LONG = process.env.CHATABI_LONG === '1';
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function until(test, what, ms = 10000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await test();
    if (value) return value;
    if (Date.now() > end) throw new Error(`in ${ms} ms there was never: ${what}`);
    await sleep(20);
  }
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// As Lua writes it.
export const lua = (value) => {
  if (typeof value !== 'object') return JSON.stringify(value);
  const members = Array.isArray(value) ? value.map(lua) : Object.entries(value).map(([name, one]) => `[${JSON.stringify(name)}] = ${lua(one)}`);
  return `{ ${members.join(', ')} }`;
};

export function vertexBackend(emulator, more = {}) {
  return {
    provider: 'vertex', base_url: emulator.tls_url, ca_file: emulator.ca_file, project: emulator.project, location: 'us-central1',
    auth: ['file', emulator.credentials_file], auth_allow_hosts: new URL(emulator.tls_url).host, ...more,
  };
}

function configure(folder, port, { workers, settings, conf = (text) => text }) {
  cpSync(example, folder, { recursive: true });
  cpSync(process.env.CHATABI_LUAJIT_FILE, join(folder, 'lua/chatabi.lua'));
  mkdirSync(join(folder, 'run'));
  const replace = (text, from, to) => {
    if (!text.includes(from)) throw new Error(`nginx.conf has no "${from}"`);
    return text.replace(from, to);
  };
  let text = readFileSync(join(example, 'nginx.conf'), 'utf8');
  text = replace(text, 'listen 127.0.0.1:8080;', `listen 127.0.0.1:${port};`);
  text = replace(text, 'worker_processes 2;', `worker_processes ${workers};`);
  text = replace(text, 'user www-data;', process.getuid() === 0 ? 'user root;' : '');
  if (process.getuid() !== 0) text = replace(text, 'worker_rlimit_nofile 16384;', '');
  text = replace(text, 'error_log stderr warn;', `error_log ${folder}/error.log notice;`);
  writeFileSync(join(folder, 'nginx.conf'), conf(text, folder));
  writeFileSync(join(folder, 'settings.lua'), `return ${lua(settings)}\n`);
}

// A server that gets SIGTERM, and what it started too, when our end of its pipe is closed, however this process ends.
export function spawnWatched(words, options) {
  const script = 'exec 3<&0; (cat <&3; kill -TERM 0) & exec "$@" 3<&- </dev/null';
  return spawn('sh', ['-c', script, 'sh', ...words], { ...options, detached: true });
}

// backend(emulator) has more options of the client, settings(emulator) more settings; conf(text, folder) may change the
// text of nginx.conf.
export async function startGateway({ workers = 1, emulator: emulatorOptions = [], backend = () => ({}), settings = () => ({}), conf, keys, pace = 1 } = {}) {
  const emulator = await startEmulator('--tls', ...emulatorOptions);
  await emulator.config({ pace_ms: pace });
  const folder = mkdtempSync(join(tmpdir(), 'chatabi-nginx-'));
  const port = await freePort();
  chmodSync(folder, 0o755);
  if (keys) writeFileSync(join(folder, 'keys'), keys);
  const { more_backends, more_models, ...more } = settings(emulator);
  const all = {
    backends: { vertex: vertexBackend(emulator, backend(emulator)), ...more_backends },
    default_backend: 'vertex',
    models: {
      'gpt-4o-mini': 'google/gemini-2.5-flash',
      'text-embedding-3-small': 'intfloat/multilingual-e5-large-instruct-maas',
      ...more_models,
    },
    other_models: true,
    heartbeat_s: 15,
    ...(keys && { keys_file: join(folder, 'keys') }),
    ...more,
  };
  configure(folder, port, { workers, settings: all, conf });
  const env = { PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin`, HOME: folder, GCE_METADATA_HOST: '127.0.0.1:1', CHATABI_LIBRARY: process.env.CHATABI_LIBRARY };
  const child = spawnWatched(['nginx', '-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], { env, stdio: ['pipe', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text) => (complaint += text));
  const read = (path) => { try { return readFileSync(path, 'utf8'); } catch { return ''; } };
  const gateway = {
    emulator, folder, port, child,
    url: `http://127.0.0.1:${port}`,
    pids: () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').map(Number)
      .filter((pid) => read(`/proc/${pid}/comm`).trim() === 'nginx'),
    signal: (name) => child.kill(name),
    rewrite: (more) => writeFileSync(join(folder, 'settings.lua'), `return ${lua({ ...all, ...more })}\n`),
    log: () => read(join(folder, 'error.log')) + complaint,
    access: () => read(join(folder, 'run/access.log')).split('\n').filter(Boolean).map((line) => JSON.parse(line)),
    status: async () => (await fetch(`http://127.0.0.1:${port}/status`)).json(),
    ended: async () => (child.exitCode === null && child.signalCode === null ? (await once(child, 'exit'))[0] : child.exitCode),
    stop: async () => {
      child.stdin.end();
      const hard = setTimeout(() => child.kill('SIGKILL'), 5000);
      await gateway.ended();
      clearTimeout(hard);
      rmSync(folder, { recursive: true, force: true });
      await emulator.stop();
    },
  };
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`nginx did not start: ${gateway.log()}`);
      return fetch(`${gateway.url}/ping`).then((reply) => reply.ok, () => false);
    }, 'an answer of nginx');
  } catch (error) {
    await gateway.stop();
    throw error;
  }
  return gateway;
}

// ---- asking ----

export const body = (content, more = {}) => JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }], ...more });

export const post = (gateway, text, { path = '/v1/chat/completions', headers = {}, ...more } = {}) =>
  fetch(gateway.url + path, { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...headers }, ...more });

export const isWhole = (text) => text.endsWith('data: [DONE]\n\n') && text.includes('"finish_reason":"stop"');

// Milliseconds at a share of them.
export const share = (values, part) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))];
