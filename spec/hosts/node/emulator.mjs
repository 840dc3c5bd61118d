// SPDX-License-Identifier: MIT
// Starts chatabi-emulator for a test file; it ends with this process, however that ends, because its standard input does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export async function startEmulator(...options) {
  const binary = process.env.CHATABI_EMULATOR;
  if (!binary) throw new Error('Set CHATABI_EMULATOR to the path of chatabi-emulator.');
  const child = spawn(binary, ['--quiet', '--until-eof', '--pace', '1', ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  const place = JSON.parse(line);
  const call = async (method, path, body) => {
    const reply = await fetch(`${place.url}/emulator/${path}`, { method, body: body && JSON.stringify(body) });
    if (!reply.ok) throw new Error(`${method} /emulator/${path}: ${reply.status} ${await reply.text()}`);
    return reply.json();
  };
  return {
    ...place,
    vertex: `${place.url}/v1/projects/${place.project}/locations/us-central1/endpoints/openapi`,
    fail: (fault, times = 1) => call('POST', 'faults', { fault, times }),
    config: (values) => call('POST', 'config', values),
    journal: () => call('GET', 'journal'),
    stats: () => call('GET', 'stats'),
    token: async () => (await call('POST', 'tokens')).access_token,
    stop: async () => {
      child.stdin.end();
      const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
      if (code !== 0) throw new Error(`The emulator ended with ${code}.`);
    },
  };
}
