// SPDX-License-Identifier: MIT
// Worker threads with a client each, that end in every way: prints how they did, and how many requests were left. workers.mjs TERMINATIONS
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker, isMainThread, parentPort, workerData as how } from 'node:worker_threads';
import { Client } from 'chatabi';

const { EMULATOR } = process.env;
const endless = { headers: { 'x-emulator-fault': 'long=300,pace=3' } }; // nothing ends them when their worker is terminated, so they do

async function work() {
  const client = new Client({ base_url: `${EMULATOR}/v1`, model: 'gpt-4o' });
  if (how === 'end') return parentPort.postMessage((await client.stream('x').result()).text.length);
  for (let i = 0; i < 4; i++) client.stream('x', endless).result();
  for await (const { type } of client.stream('x', endless)) {
    if (type !== 'text') continue;
    parentPort.postMessage('text');
    if (how === 'exit') process.exit(3);
    if (how === 'throw') throw new Error('mine');
  }
}

async function watch(kind) {
  const seen = [];
  const worker = new Worker(new URL(import.meta.url), { workerData: kind });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.on('message', (message) => seen.push(message)).on('error', (error) => seen.push(error.message));
  if (kind === 'terminate') {
    await once(worker, 'message');
    await sleep(Math.random() * 5);
    worker.terminate();
  }
  return { kind, code: await ended, seen };
}

async function main() {
  for (const { kind, code, seen } of await Promise.all(['end', 'exit', 'throw'].map(watch))) console.log(kind, code, seen.at(-1));
  const active = async () => (await (await fetch(`${EMULATOR}/emulator/stats`)).json()).active;
  for (let i = 0; i < 200 && (await active()) > 0; i++) await sleep(10);
  console.log('left', await active());
  const codes = new Set();
  for (let i = 0; i < Number(process.argv[2]); i++) codes.add((await watch('terminate')).code);
  console.log('terminated', ...codes);
  console.log((await new Client({ base_url: `${EMULATOR}/v1`, model: 'gpt-4o' }).chat('x')).text.slice(0, 10));
}

await (isMainThread ? main() : work());
