// SPDX-License-Identifier: MIT
// How much of Node's loop streams take: 100 of them at once, paced as a model writes, by one client, while the loop's delay and the time
// of fs.stat are measured. With CHATABI_LONG=1 for a minute, and then the bounds are those of a machine that does nothing else.
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Client } from 'chatabi';
import { startEmulator } from './emulator.mjs';

const long = process.env.CHATABI_LONG === '1';
const STREAMS = 100;
const PACE_MS = 20;
const WORDS = long ? 3000 : 60;
const BOUNDS_MS = long ? { median: 5, p99: 20 } : { median: 60, p99: 500 };

const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const round = (number) => Math.round(number * 100) / 100;

function report(what, { median, p99, max }) {
  console.log(`${what}: median ${round(median)} ms, p99 ${round(p99)} ms, max ${round(max)} ms`);
  assert.ok(median < BOUNDS_MS.median, `${what} has a median under ${BOUNDS_MS.median} ms`);
  assert.ok(p99 < BOUNDS_MS.p99, `${what} has a p99 under ${BOUNDS_MS.p99} ms`);
}

async function read(client) {
  const words = [];
  for await (const { type, text } of client.stream('load', { headers: { 'x-emulator-fault': `long=${WORDS},pace=${PACE_MS}` } })) {
    if (type === 'text') words.push(text);
  }
  return words;
}

const stats_ms = [];
async function askForFiles(signal) {
  while (!signal.aborted) {
    const from = performance.now();
    await stat(import.meta.filename);
    stats_ms.push(performance.now() - from);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const emulator = await startEmulator();
const client = new Client({ base_url: `${emulator.url}/v1`, model: 'load' });
const ended = new AbortController();
const delay = monitorEventLoopDelay({ resolution: 1 });
const cpu = process.cpuUsage();
const from = performance.now();
delay.enable();
const asked = askForFiles(ended.signal);
const answers = await Promise.all(Array.from({ length: STREAMS }, () => read(client)));
delay.disable();
ended.abort();
await asked;

const seconds = (performance.now() - from) / 1000;
const events = answers.flat().length;
const { user, system } = process.cpuUsage(cpu);
console.log(`${STREAMS} streams, ${events} pieces of text in ${round(seconds)} s, ${round((user + system) / 1e4 / seconds)} % of a processor`);
assert.equal(new Set(answers.map((words) => words.join(''))).size, 1, 'all streams have the same text');
assert.ok(answers[0].length >= WORDS, 'and all of it');
stats_ms.sort((a, b) => a - b);
report('loop', { median: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 });
report('fs.stat', { median: quantile(stats_ms, 0.5), p99: quantile(stats_ms, 0.99), max: stats_ms.at(-1) });
client.close();
await emulator.stop();
