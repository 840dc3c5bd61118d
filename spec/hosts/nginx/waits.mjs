// SPDX-License-Identifier: MIT
// What waiting costs in nginx, by its way, and how late an event is by it: node waits.mjs (with the environment of the
// tests). The server behind is in this process and writes the time into each event, so that its age is known when it
// arrives here again; the age through no gateway at all is the first line.
import { readFileSync, copyFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { share, sleep, startGateway } from './gateway.mjs';

let events = 150; // of each stream,
let pace_ms = 20; // and the time between two

const event = (delta, more = {}) => `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'x', choices: [{ index: 0, delta, finish_reason: null, ...more }] })}\n\n`;

const server = createServer(async (asked, reply) => {
  asked.resume();
  reply.writeHead(200, { 'content-type': 'text/event-stream' });
  await sleep(Math.random() * pace_ms);
  for (let i = 0; i < events; i++) {
    reply.write(event({ content: `${performance.now()}` }));
    await sleep(pace_ms);
  }
  reply.end(`${event({}, { finish_reason: 'stop' })}data: [DONE]\n\n`);
}).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const own = `http://127.0.0.1:${server.address().port}/v1`;

const source = fileURLToPath(new URL('waits.lua', import.meta.url));
const gateway = await startGateway({
  settings: () => ({ more_backends: { own: { base_url: own, max_in_flight: 0 } } }),
  conf: (text, folder) => {
    copyFileSync(source, join(folder, 'lua/waits.lua'));
    return text.replace('location = /ping', 'location = /waits { content_by_lua_block { require "waits" () } }\nlocation = /ping');
  },
});
const [pid] = gateway.pids();
const agent = new Agent({ keepAlive: true });

// Microseconds that a thread has computed.
const cpu_us = (task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1000;

function ages(url, method) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, agent, headers: { 'content-type': 'application/json' } }, (reply) => {
      const seen = [];
      reply.setEncoding('utf8').on('data', (text) => {
        for (const [, sent] of text.matchAll(/(\d+\.\d+)("|\n)/g)) seen.push(performance.now() - Number(sent));
      }).on('end', () => resolve(seen)).on('error', reject);
    });
    asked.on('error', reject).end(method === 'POST' ? '{"stream":true}' : undefined);
  });
}

async function measure(name, streams, url, method) {
  const [before, began] = [cpu_us(pid), performance.now()];
  const all = (await Promise.all(Array.from({ length: streams }, () => ages(url, method)))).flat();
  const used = cpu_us(pid) - before;
  const part = used / (performance.now() - began) / 10;
  const times = [0.5, 0.99].map((part) => share(all, part).toFixed(2)).join(' / ');
  console.log(`${name.padEnd(22)} ${String(streams).padStart(3)} streams: ${all.length} events, age median / p99 ${times} ms, nginx's thread ${part.toFixed(1)} % of a processor, ${(used / all.length).toFixed(0)} us an event`);
}

// The first round makes connections, and is not shown.
async function measureAll(streams) {
  await Promise.all(Array.from({ length: streams }, () => ages(`${gateway.url}/waits?wait=loop`, 'GET')));
  await measure('nothing in between', streams, `${own}/chat/completions`, 'POST');
  for (const wait of ['loop', '5', '1']) {
    await measure(wait === 'loop' ? 'chatabi.loop.nginx()' : `ngx.sleep(0.00${wait})`, streams, `${gateway.url}/waits?wait=${wait}`, 'GET');
  }
}
await measureAll(1);
[events, pace_ms] = [60, 100];
await measureAll(200);
[events, pace_ms] = [3, 3000]; // silence, as of models that think
await measureAll(200);
agent.destroy();
server.close();
await gateway.stop();
