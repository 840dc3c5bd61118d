// SPDX-License-Identifier: MIT
// The library behind a proxy that was not written here: tinyproxy.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { complete, stream } from './chatabi.mjs';
import { startEmulator } from './emulator.mjs';
import { freePort, startProxy, stopAll, withEnvironment } from './servers.mjs';

const body = { messages: [{ role: 'user', content: 'Hi' }] };
let emulator, proxy, tlsPort, vertex;

before(async () => {
  emulator = await startEmulator('--tls');
  tlsPort = new URL(emulator.tls_url).port;
  proxy = await startProxy([tlsPort]);
  vertex = {
    provider: 'vertex', base_url: emulator.tls_url, project: emulator.project, location: 'us-central1', model: 'google/gemini-2.5-flash',
    ca_file: emulator.ca_file, auth: ['file', emulator.authorized_user_file], auth_allow_hosts: '127.0.0.1', max_retries: 0,
  };
});
after(async () => {
  await stopAll();
  await emulator.stop();
});

// What the proxy was asked for during `act`.
async function asked(environment, act) {
  const before = proxy.asked().length;
  const { error, message } = await withEnvironment(environment, act);
  assert.equal(error, null, message);
  await new Promise((resolve) => setTimeout(resolve, 50));
  return proxy.asked().slice(before);
}
const isConnect = (line) => line.startsWith(`CONNECT 127.0.0.1:${tlsPort} `);

test('option proxy: token and chat go through it', async () => {
  const exchanges = (await emulator.stats()).token_exchanges;
  const lines = await asked({}, () => stream({ ...vertex, proxy: proxy.url }, body));
  assert.ok(lines.length >= 1 && lines.every(isConnect), lines.join('\n'));
  assert.equal((await emulator.stats()).token_exchanges, exchanges + 1);
});

test('token and chat each open a tunnel when they go to different hosts', async () => {
  const lines = await asked({}, () => stream({ ...vertex, base_url: emulator.tls_url.replace('127.0.0.1', 'localhost'), proxy: proxy.url }, body));
  assert.deepEqual(lines.map((line) => line.split(' ')[1]).sort(), [`127.0.0.1:${tlsPort}`, `localhost:${tlsPort}`]);
});

for (const name of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])
  test(`${name} is honoured`, async () => {
    const lines = await asked({ [name]: proxy.url }, () => stream(vertex, body));
    assert.ok(lines.length >= 1 && lines.every(isConnect), lines.join('\n'));
  });

// A name for this machine that is not one of the usual ones: what is plain and goes to loopback never goes to a proxy.
test('http_proxy serves plain http, HTTP_PROXY in capitals does not', async () => {
  const plain = { base_url: `${emulator.url.replace('127.0.0.1', '[::ffff:127.0.0.1]')}/v1`, model: 'emulator' };
  assert.match((await asked({ http_proxy: proxy.url }, () => complete(plain, body))).join(), /^POST http:\/\/\[::ffff:127\.0\.0\.1\]/);
  assert.deepEqual(await asked({ HTTP_PROXY: proxy.url }, () => complete(plain, body)), []);
});

test('plain http to loopback, with its key, goes past any proxy', async () => {
  for (const host of ['127.0.0.1', 'localhost']) {
    const plain = { base_url: `${emulator.url.replace('127.0.0.1', host)}/v1`, model: 'emulator', auth: ['api_key', 'sk-secret-key'] };
    assert.deepEqual(await asked({ http_proxy: proxy.url, ALL_PROXY: proxy.url }, () => complete(plain, body)), []);
    assert.deepEqual(await asked({}, () => complete({ ...plain, proxy: proxy.url }, body)), []);
  }
});

test('NO_PROXY and option no_proxy are honoured', async () => {
  assert.deepEqual(await asked({ HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1' }, () => stream(vertex, body)), []);
  assert.deepEqual(await asked({ HTTPS_PROXY: proxy.url }, () => stream({ ...vertex, no_proxy: '127.0.0.1' }, body)), []);
  assert.deepEqual(await asked({ HTTPS_PROXY: proxy.url }, () => stream({ ...vertex, proxy: '' }, body)), []);
});

test('the metadata server is never asked through it', async () => {
  const environment = { ALL_PROXY: proxy.url, GCE_METADATA_HOST: emulator.url.slice('http://'.length) };
  const before = (await emulator.stats()).metadata_tokens;
  const lines = await asked(environment, () => stream({ ...vertex, auth: ['metadata'] }, body));
  assert.equal((await emulator.stats()).metadata_tokens, before + 1);
  assert.ok(lines.length >= 1 && lines.every(isConnect), lines.join('\n'));
});

test('a proxy that refuses says so', async () => {
  const closed = await startProxy([443]);
  const { error, message, info } = await stream({ ...vertex, auth: ['token', await emulator.token()], proxy: closed.url }, body);
  assert.equal(error, 'CONNECT', message);
  assert.match(message, /proxy/i);
  assert.match(message, /403/);
  assert.equal(info.attempts, 1);
});

test('a proxy that is not there', async () => {
  const port = await freePort();
  const { error, message } = await stream({ ...vertex, auth: ['token', await emulator.token()], proxy: `http://127.0.0.1:${port}` }, body);
  assert.equal(error, 'CONNECT', message);
  assert.match(message, new RegExp(`${port}`));
  assert.match(message, /proxy/);
});
