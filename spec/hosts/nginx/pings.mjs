// SPDX-License-Identifier: MIT
// Asks URL every ten milliseconds, and in between a server that has nothing else to do, in a process of its own too. The
// times that both answers took go to the process that started this one: node pings.mjs URL. What the second takes is the
// machine's, where many programs want to run.
import { fork } from 'node:child_process';
import { Agent, createServer, get } from 'node:http';
import { fileURLToPath } from 'node:url';

process.on('disconnect', () => process.exit(0));

async function serve() {
  const server = createServer((_, reply) => reply.end('pong\n')).listen(0, '127.0.0.1');
  server.once('listening', () => process.send(server.address().port));
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const ask = async (url) => {
  const began = performance.now();
  await new Promise((resolve, reject) => get(url, { agent }, (reply) => reply.resume().on('end', resolve)).on('error', reject));
  return performance.now() - began;
};

async function measure(url) {
  const idle = fork(fileURLToPath(import.meta.url), ['serve']);
  const port = await new Promise((resolve) => idle.once('message', resolve));
  for (;;) {
    process.send([await ask(url), await ask(`http://127.0.0.1:${port}/`)]);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

await (process.argv[2] === 'serve' ? serve() : measure(process.argv[2]));
