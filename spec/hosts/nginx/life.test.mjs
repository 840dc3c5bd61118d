// SPDX-License-Identifier: MIT
// The gateway of examples/nginx through what happens to a server: clients that leave, reloads, ends, workers that die.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, constants } from 'node:http2';
import { after, before, test } from 'node:test';
import { makeAuthority, stopAll } from '../node/servers.mjs';
import { LONG, body, freePort, isWhole, post, sleep, startGateway, until } from './gateway.mjs';

let gateway;
const STREAM = body('Hello', { stream: true });

before(async () => {
  gateway = await startGateway({ workers: 2, emulator: ['--no-self-signed-jwt'], pace: 40 });
});
after(() => gateway?.stop());

test('the master has neither a client nor the library, so that a reload takes a new one', async () => {
  const has = (pid) => readFileSync(`/proc/${pid}/maps`, 'utf8').includes('libchatabi');
  await until(() => gateway.pids().length === 2 && gateway.pids().every(has), 'the library in both workers');
  assert.equal(has(gateway.child.pid), false);
});

const rising = async (name, act) => {
  const before = (await gateway.emulator.stats())[name];
  await act();
  await until(async () => (await gateway.emulator.stats())[name] > before, `more ${name} at the server behind`, 3000);
};

// A question on a connection of its own: fetch shares some, and keeps others open that nginx then waits for.
const ask = (text) =>
  request(`${gateway.url}/v1/chat/completions`, { method: 'POST', agent: false, headers: { 'content-type': 'application/json' } }).end(text);

const streamAlone = async () => {
  const [reply] = await once(ask(STREAM), 'response');
  let text = '';
  for await (const piece of reply.setEncoding('utf8')) text += piece;
  return text;
};

const quiet = () => assert.doesNotMatch(gateway.log(), /\[(error|crit|alert|emerg)\]/);

test('each worker exchanges its credential for one token, however many ask at once', async () => {
  const texts = await Promise.all(Array.from({ length: 40 }, streamAlone));
  assert.ok(texts.every((text) => text === texts[0] && isWhole(text)));
  const workers = new Set(gateway.access().filter(({ uri }) => uri === '/v1/chat/completions').map(({ pid }) => pid));
  assert.equal((await gateway.emulator.stats()).token_exchanges, workers.size);
});

test('a client that leaves ends its request at the server behind', async () => {
  const leave = async (text, after) => {
    const asked = ask(text).on('error', () => {});
    await after(asked);
    asked.destroy();
  };
  const first = async (asked) => once((await once(asked, 'response'))[0], 'data');
  await gateway.emulator.fail('long=2000');
  await rising('disconnected', () => leave(STREAM, first)); // in the middle
  await gateway.emulator.fail('stall=2');
  await rising('disconnected', () => leave(STREAM, async (asked) => { await first(asked); await sleep(100); })); // in a silence
  await gateway.emulator.fail('slow_first_byte=5000');
  await rising('disconnected', () => leave(STREAM, () => sleep(150))); // before the first byte
  await gateway.emulator.fail('slow_first_byte=5000');
  await rising('disconnected', () => leave(body('Hello'), () => sleep(150))); // where nothing is streamed
  await until(() => gateway.access().filter(({ error, status }) => error === 'client_gone' && (status === 499 || status === 200)).length >= 4, 'four lines in the access log');
  await until(async () => (await gateway.emulator.stats()).active === 0, 'no request that goes on for nobody', 3000);
  quiet();
});

test('a page of another site in a browser spends nothing where no keys are asked for', async () => {
  const reply = await post(gateway, STREAM, { headers: { 'content-type': 'text/plain', 'sec-fetch-site': 'cross-site' } });
  assert.deepEqual([reply.status, (await reply.json()).error.code], [403, 'cross_site']);
});

test('a connection that is kept alive serves streams and answers', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set();
  for (let i = 0; i < 6; i++) {
    await new Promise((resolve, reject) => {
      const asked = request(`${gateway.url}/v1/chat/completions`, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, (reply) => {
        sockets.add(reply.socket);
        reply.resume().on('end', resolve);
      });
      asked.on('error', reject).end(body('Hello', { stream: i % 2 === 0, max_tokens: 5 }));
    });
  }
  agent.destroy();
  assert.equal(sockets.size, 1);
});

test('a reload interrupts no stream, and takes new settings', async () => {
  const expected = await streamAlone();
  const old = gateway.pids();
  const until_ms = Date.now() + (LONG ? 60000 : 1000);
  const texts = [];
  const reader = async () => {
    while (Date.now() < until_ms) texts.push(await streamAlone());
  };
  const readers = Array.from({ length: LONG ? 40 : 12 }, reader);
  gateway.rewrite({ models: { 'gpt-4o-mini': 'google/gemini-2.5-flash', 'new-name': 'google/gemini-2.5-flash' } });
  for (let i = 0; i < (LONG ? 20 : 2); i++) {
    await sleep(LONG ? 2500 : 300);
    gateway.signal('SIGHUP');
  }
  await Promise.all(readers);
  assert.ok(texts.length >= 12);
  assert.deepEqual(texts.filter((text) => text !== expected), []);
  await until(() => { const now = gateway.pids(); return now.length === 2 && !now.some((pid) => old.includes(pid)); }, 'two new workers and no old ones');
  const { data } = await (await fetch(`${gateway.url}/v1/models`)).json();
  assert.deepEqual(data.map(({ id }) => id), ['gpt-4o-mini', 'new-name']);
  if (LONG) console.log(`${texts.length} streams over 20 reloads, all equal`);
  quiet();
});

test('settings that are wrong do not replace those that work', async () => {
  const pids = gateway.pids();
  gateway.rewrite({ default_backend: 'nobody' });
  gateway.signal('SIGHUP');
  await until(() => gateway.log().includes('default_backend is none of the backends'), 'the reason in the error log');
  gateway.rewrite({ other_model: false }); // a name that is not known, as other_models is meant
  gateway.signal('SIGHUP');
  await until(() => gateway.log().includes('there is no other_model in it'), 'the reason in the error log');
  gateway.rewrite({ keys_file: '' }); // who names no file by mistake does not want everybody to ask
  gateway.signal('SIGHUP');
  await until(() => gateway.log().includes('keys_file is empty'), 'the reason in the error log');
  assert.ok(isWhole(await streamAlone()));
  assert.deepEqual(gateway.pids(), pids);
});

test('a worker that is killed is replaced, and the other goes on', async () => {
  await sleep(100); // the lines of those before
  const before = gateway.access().length;
  const streams = Array.from({ length: 16 }, () => streamAlone().catch(() => 'lost'));
  await sleep(150);
  const [victim, other] = gateway.pids();
  process.kill(victim, 'SIGKILL');
  const whole = (await Promise.all(streams)).filter(isWhole).length;
  await until(() => gateway.pids().length === 2 && !gateway.pids().includes(victim), 'another worker');
  assert.ok(gateway.pids().includes(other));
  const served = await until(() => { const lines = gateway.access().slice(before); return lines.length === whole && lines; }, 'a line for each of them');
  assert.deepEqual(served.filter(({ pid }) => pid !== other), []);
  assert.ok((await Promise.all(Array.from({ length: 8 }, streamAlone))).every(isWhole));
});

const sleeps = (pid) => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

test('a worker that has nothing to do does nothing', async () => {
  await until(async () => (await gateway.emulator.stats()).active === 0, 'an end of all requests');
  await sleep(200);
  const pids = gateway.pids();
  const count = () => pids.map(sleeps).reduce((sum, one) => sum + one);
  const before = count();
  await sleep(500);
  const woken = count() - before;
  assert.ok(woken < 20, `woken ${woken} times in half a second`);
});

test('QUIT waits for the streams, then everything ends', async () => {
  const stream = streamAlone();
  await sleep(100);
  gateway.signal('SIGQUIT');
  assert.ok(isWhole(await stream));
  assert.equal(await gateway.ended(), 0);
});

test('it is the same over TLS and HTTP/2; TERM ends at once in the middle of streams', async () => {
  const port = await freePort();
  const authority = makeAuthority();
  const { certificate, key } = authority.sign('localhost', 'DNS:localhost');
  const another = await startGateway({
    workers: 2, pace: 20,
    conf: (text) => text.replace('# listen 443 ssl http2; ssl_certificate cert.pem; ssl_certificate_key key.pem;',
      `listen 127.0.0.1:${port} ssl http2; ssl_certificate ${certificate}; ssl_certificate_key ${key};`),
  });
  try {
    const session = connect(`https://localhost:${port}`, { ca: readFileSync(authority.ca_file), lookup: (_, options, done) => done(null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4) });
    const stream = () => session.request({ ':method': 'POST', ':path': '/v1/chat/completions', 'content-type': 'application/json' }).setEncoding('utf8').end(STREAM);
    let text = '';
    for await (const piece of stream()) text += piece;
    assert.ok(isWhole(text), text);
    await another.emulator.fail('long=2000');
    const left = stream();
    await once(left, 'data');
    left.close(constants.NGHTTP2_CANCEL); // the connection goes on
    await until(async () => (await another.emulator.stats()).disconnected === 1, 'an end of the request at the server behind', 3000);

    await another.emulator.fail('long=2000', 4);
    await Promise.all([1, 2, 3, 4].map(() => once(stream().on('error', () => {}), 'data')));
    session.on('error', () => {});
    const began = Date.now();
    another.signal('SIGTERM');
    assert.equal(await another.ended(), 0);
    assert.ok(Date.now() - began < 5000);
    assert.doesNotMatch(another.log(), /\[(error|crit|emerg)\]|exited on signal/);
    await until(async () => (await another.emulator.stats()).active === 0, 'an end of the requests at the server behind', 3000);
    session.destroy();
  } finally {
    await another.stop();
    await stopAll();
  }
});
