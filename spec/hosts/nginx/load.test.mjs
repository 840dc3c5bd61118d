// SPDX-License-Identifier: MIT
// One worker of the gateway under load: many streams at once, and clients that read slowly. With CHATABI_LONG=1 at full
// length, strictly and over TLS to the server behind; else for a few seconds, with bounds that hold where other tests
// run beside it.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LONG, body, isWhole, share, sleep, startGateway, until } from './gateway.mjs';

const STREAMS = 200;
const STREAM = body('Hello', { stream: true });
let gateway;

before(async () => { gateway = await startGateway({ pace: 100, backend: ({ url, tls_url }) => ({ base_url: LONG ? tls_url : url }) }); });
after(() => gateway?.stop());

const agent = new Agent({ keepAlive: true });
const ask = (text, read) =>
  new Promise((resolve, reject) => {
    const asked = request(`${gateway.url}/v1/chat/completions`, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, (reply) => {
      reply.on('error', reject);
      resolve(read(reply));
    });
    asked.on('error', reject).end(text);
  });

const whole = (reply) =>
  new Promise((resolve) => {
    let text = '';
    reply.setEncoding('utf8').on('data', (piece) => (text += piece)).on('end', () => resolve(text));
  });

function startPings() {
  const child = fork(fileURLToPath(new URL('pings.mjs', import.meta.url)), [`${gateway.url}/ping`]);
  const [times, idle] = [[], []];
  child.on('message', ([ms, idle_ms]) => { times.push(ms); idle.push(idle_ms); });
  return { times, idle, stop: () => child.kill() };
}

// Microseconds that nginx's thread has computed, and the library's.
const cpu = (pid) => {
  const times = readdirSync(`/proc/${pid}/task`).map((task) => [task === `${pid}`, Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1000]);
  const sum = (ofNginx) => times.filter(([is]) => is === ofNginx).reduce((all, [, one]) => all + one, 0);
  return [sum(true), sum(false)];
};
const status = (pid, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

test(`${STREAMS} streams at once through one worker, and a ping in between is quick`, { timeout: LONG ? 180000 : 60000 }, async () => {
  const [pid] = gateway.pids();
  await gateway.emulator.fail(`long=${LONG ? 1200 : 150}`, -1);
  const end = Date.now() + (LONG ? 30000 : 1200);
  const pings = startPings();
  const [began, used] = [performance.now(), cpu(pid)];
  let [count, most] = [0, 0];
  const seen = new Set(); // all are to be equal
  const reader = async (which) => {
    await sleep(which * (LONG ? 10 : 2)); // clients do not begin in the same instant
    do {
      seen.add(await ask(STREAM, whole));
      count++;
    } while (Date.now() < end);
  };
  const watch = setInterval(async () => { most = Math.max(most, (await gateway.emulator.stats()).active); }, 200);
  await Promise.all(Array.from({ length: STREAMS }, (_, which) => reader(which)));
  clearInterval(watch);
  const seconds = (performance.now() - began) / 1000;
  pings.stop();
  await fetch(`${gateway.emulator.url}/emulator/faults`, { method: 'DELETE' });
  const [text, ...others] = seen;
  const events = (text.split('data: ').length - 1) * count;
  const [ofNginx, ofLibrary] = cpu(pid).map((us, which) => Math.round((us - used[which]) / events));
  const [half, p99, worst] = [share(pings.times, 0.5), share(pings.times, 0.99), Math.max(...pings.times)];
  const idle = share(pings.idle, 0.99);
  console.log(`${count} streams, ${Math.round(events / seconds)} events/s, CPU for each event ${ofNginx} us in nginx, ${ofLibrary} us in the library; `
    + `${pings.times.length} pings: median ${half.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${worst.toFixed(1)} ms; an idle server's p99 ${idle.toFixed(1)} ms`);
  assert.ok(isWhole(text));
  assert.deepEqual(others, []);
  assert.ok(most >= STREAMS * (LONG ? 0.9 : 0.5), `at most ${most} at once`);
  assert.ok(pings.times.length > 20);
  assert.ok(p99 < idle + (LONG ? 20 : 250), `p99 of ping ${p99} ms, where it is ${idle} ms of a server that has nothing else to do`);
});

test('who reads slowly holds the server behind back, and costs no memory', { timeout: 60000 }, async () => {
  const events = LONG ? 400000 : 100000;
  const [pid] = gateway.pids();
  await gateway.emulator.fail(`flood=${events}`);
  const reply = await ask(STREAM, (one) => one.pause());
  await sleep(300);
  const before = status(pid, 'VmRSS');
  await sleep(LONG ? 10000 : 1500); // many times what the whole takes
  const grown = status(pid, 'VmRSS') - before;
  assert.equal((await gateway.emulator.journal()).at(-1).ended, false, 'the server behind has sent everything');
  assert.ok(grown < 4096, `the worker grew by ${grown} KB while nobody read`);
  const pings = startPings();
  await until(() => pings.times.length > 20, 'pings while a client is slow');
  pings.stop();
  let [pieces, tail, top] = [0, '', 0];
  const began = performance.now();
  const sampling = setInterval(() => { top = Math.max(top, status(pid, 'VmRSS')); }, 20);
  for await (const piece of reply.setEncoding('latin1')) {
    pieces += piece.split('data: ').length - 1;
    tail = (tail + piece).slice(-60);
  }
  clearInterval(sampling);
  console.log(`${events} events in ${Math.round(performance.now() - began)} ms; the worker grew by ${grown} KB while nobody read, by ${top - before} KB in all`);
  assert.ok(tail.endsWith('data: [DONE]\n\n'), tail);
  assert.ok(pieces >= events * 0.99); // a word may be cut between two pieces
  assert.ok(top - before < 24576, `the worker grew by ${top - before} KB`);
});
