// SPDX-License-Identifier: MIT
// A program that ends while the library's thread is at work, and closes nothing: exit.mjs handshake|stream|refresh. With every second
// delay somebody waits for the stream, and process.exit ends it all; else nobody does, and the program is over.
import { Client } from 'chatabi';

const [, , when] = process.argv;
const { CHATABI_NET_URL: url, CHATABI_NET_CA: ca_file, CHATABI_NET_CREDENTIAL: credential, CHATABI_NET_DELAY_MS: delay } = process.env;
const path = { handshake: '/60/10', stream: '/1000000/0', refresh: '' }[when];

const client = new Client(
  when === 'refresh'
    ? { provider: 'vertex', base_url: url, ca_file, auth_allow_hosts: '127.0.0.1', auth: ['file', credential], model: 'net' }
    : { base_url: url + path, ca_file, auth: 'none', model: 'net' });
const stream = client.stream('x');
if (when === 'stream') {
  let event;
  do ({ value: event } = await stream.next()); while (event.type !== 'text');
}
if (delay % 2) stream.result();
setTimeout(() => delay % 2 && process.exit(0), Number(delay));
