// SPDX-License-Identifier: MIT
// Clients and streams that are dropped without a word, with node --expose-gc: prints what is left of them.
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'chatabi';

const { EMULATOR } = process.env;
const endless = { headers: { 'x-emulator-fault': 'long=5000,pace=1' } };
const newClient = () => new Client({ base_url: `${EMULATOR}/v1`, model: 'gpt-4o' });
const active = async () => (await (await fetch(`${EMULATOR}/emulator/stats`)).json()).active;
const count = (what) => readdirSync(`/proc/self/${what}`).length;

async function until(holds) {
  for (let i = 0; i < 300 && !(await holds()); i++) {
    gc();
    await sleep(10);
  }
  return holds();
}

// A function of their own, so that nothing on the stack keeps them.
async function dropStreams(client, signal) {
  for (let i = 0; i < 20; i++) {
    const stream = client.stream('x', { ...endless, signal });
    while ((await stream.next()).value.type !== 'text');
  }
}

async function dropClients() {
  for (let i = 0; i < 5; i++) await newClient().stream('x', endless).next();
}

const { signal } = new AbortController();
const client = newClient();
await client.chat('x');
await active();
const fds = count('fd'), threads = count('task');
await dropStreams(client, signal);
console.log('streams', await until(async () => (await active()) === 0 && count('fd') <= fds + 2), (await client.chat('x')).text.slice(0, 10));
await dropClients();
console.log('clients', await until(async () => (await active()) === 0 && count('task') <= threads));

// One that is waited for is kept, whoever has let go of it.
let text;
newClient().stream('x', { headers: { 'x-emulator-fault': 'pace=5' } }).result().then((answer) => (text = answer.text));
console.log('pending', await until(() => text !== undefined));
