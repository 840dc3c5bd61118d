// SPDX-License-Identifier: MIT
// TLS and HTTP/2 by nginx, certificates by openssl.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, stream } from './chatabi.mjs';
import { ANSWER, ask, startMock } from './mock.mjs';
import { makeAuthority, startNginx, stopAll, withEnvironment } from './servers.mjs';

let mock, authority, good;

before(async () => {
  mock = await startMock();
  authority = makeAuthority();
  good = await startNginx(mock.url, authority.sign('server', 'IP:127.0.0.1'));
});
after(async () => {
  await mock.stop();
  await stopAll();
});

const at = (server, more) => ({ base_url: `${server.url}/v1`, proxy: '', max_retries: 0, ...more });
const expectRefusal = async (options, words) => {
  const { error, message, info } = await stream(options, ask('text'));
  assert.equal(error, 'TLS', message);
  for (const word of words) assert.match(message, word);
  assert.equal(info.retryable, 0);
};

test('a certificate that nobody trusts: the message names ca_file', () =>
  withEnvironment({}, () => expectRefusal(at(good), [/ca_file/, /SSL_CERT_FILE/, /127\.0\.0\.1/])));

test('option ca_file, and SSL_CERT_FILE', async () => {
  assert.equal((await stream(at(good, { ca_file: authority.ca_file }), ask('text'))).text, ANSWER);
  await withEnvironment({ SSL_CERT_FILE: authority.ca_file }, async () => assert.equal((await stream(at(good), ask('text'))).text, ANSWER));
});

test('a file of authorities that is not there', () => expectRefusal(at(good, { ca_file: '/nonexistent/ca.pem' }), [/ca_file/]));

test('a certificate for another name', async () => {
  const server = await startNginx(mock.url, authority.sign('other', 'DNS:other.example'));
  await expectRefusal(at(server, { ca_file: authority.ca_file }), [/127\.0\.0\.1/]);
});

test('a certificate that is over, and one that has not begun', async () => {
  const over = await startNginx(mock.url, authority.sign('over', 'IP:127.0.0.1', { from: -10, to: -2 }));
  await expectRefusal(at(over, { ca_file: authority.ca_file }), [/expired/]);
  const early = await startNginx(mock.url, authority.sign('early', 'IP:127.0.0.1', { from: 2, to: 10 }));
  await expectRefusal(at(early, { ca_file: authority.ca_file }), [/not yet valid/]);
});

test('a server that asks for a client certificate', async () => {
  const server = await startNginx(mock.url, authority.sign('server-2', 'IP:127.0.0.1'), authority.ca_file);
  const trusting = { ca_file: authority.ca_file };
  const own = authority.sign('client', 'DNS:client.example');
  const refused = await stream(at(server, trusting), ask('text'));
  assert.equal(refused.error, 'INVALID_REQUEST', refused.message);
  assert.match(refused.message, /SSL certificate/);
  assert.equal((await stream(at(server, { ...trusting, client_cert: own.certificate, client_key: own.key }), ask('text'))).text, ANSWER);
  const missing = await stream(at(server, { ...trusting, client_cert: '/nonexistent/client.pem', client_key: own.key }), ask('text'));
  assert.equal(missing.error, 'TLS', missing.message);
});

test('http_version', async () => {
  const trusting = { ca_file: authority.ca_file };
  assert.equal((await stream(at(good, trusting), ask('text'))).info.http_version, 20);
  assert.equal((await stream(at(good, { ...trusting, http_version: '1.1' }), ask('text'))).info.http_version, 11);
});

test('many streams at once share one connection', async () => {
  const client = open(at(good, { ca_file: authority.ca_file }));
  const before = good.log().length;
  const answers = await Promise.all(Array.from({ length: 40 }, () => client.stream(ask('slow'))));
  for (const { error, message, text, info } of answers) {
    assert.equal(error, null, message);
    assert.equal(text, ANSWER);
    assert.equal(info.http_version, 20);
  }
  assert.equal(client.status().counters.connections, 1);
  client.close();
  const lines = good.log().slice(before);
  assert.equal(lines.length, 40);
  assert.equal(new Set(lines.map((line) => line.split(' ')[0])).size, 1);
});
