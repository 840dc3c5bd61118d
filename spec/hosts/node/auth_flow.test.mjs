// SPDX-License-Identifier: MIT
// Every kind of credential that the library finds or is given, against the emulator, which checks each of them.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { open, stream } from './chatabi.mjs';
import { startEmulator } from './emulator.mjs';
import { makeFolder, stopAll, withEnvironment } from './servers.mjs';

const body = { messages: [{ role: 'user', content: 'Hi' }] };
let emulator, vertex;

before(async () => {
  emulator = await startEmulator('--tls', '--require-key');
  vertex = {
    provider: 'vertex', base_url: emulator.tls_url, project: emulator.project, location: 'us-central1', model: 'google/gemini-2.5-flash',
    ca_file: emulator.ca_file, auth_allow_hosts: '127.0.0.1', proxy: '', max_retries: 0,
  };
});
after(async () => {
  await stopAll();
  await emulator.stop();
});

// The stats that grew during one answered request.
async function answered(options, environment = {}) {
  const before = await emulator.stats();
  const status = await withEnvironment(environment, async () => {
    const client = open(options);
    try {
      const { error, message, text } = await client.stream(body);
      assert.equal(error, null, message);
      assert.match(text, /canned reply/);
      return client.status();
    } finally {
      client.close();
    }
  });
  const now = await emulator.stats();
  return { status, exchanges: now.token_exchanges - before.token_exchanges, metadata: now.metadata_tokens - before.metadata_tokens };
}

// A service account signs its tokens itself.
for (const [what, file, type, wanted] of [['service_account', 'credentials_file', 'service_account', 0], ['authorized_user', 'authorized_user_file', 'authorized_user', 1]]) {
  test(`${what}: by file, by text, by GOOGLE_APPLICATION_CREDENTIALS`, async () => {
    const path = emulator[file];
    for (const [auth, environment] of [[['file', path]], [['json', readFileSync(path, 'utf8')]], [['adc'], { GOOGLE_APPLICATION_CREDENTIALS: path }], [undefined, { GOOGLE_APPLICATION_CREDENTIALS: path }]]) {
      const { status, exchanges } = await answered({ ...vertex, auth }, environment);
      assert.equal(exchanges, wanted);
      assert.equal(status.auth.type, type);
      if (type === 'service_account') assert.equal(status.auth.principal, emulator.service_account);
      assert.doesNotMatch(JSON.stringify(status), /PRIVATE|refresh_token|ya29/);
    }
  });
}

test('the file of gcloud auth application-default login', async () => {
  const home = makeFolder();
  mkdirSync(join(home, '.config/gcloud'), { recursive: true });
  copyFileSync(emulator.authorized_user_file, join(home, '.config/gcloud/application_default_credentials.json'));
  const { status, exchanges } = await answered(vertex, { HOME: home });
  assert.equal(exchanges, 1);
  assert.equal(status.auth.type, 'authorized_user');
});

test('metadata server, asked for and found', async () => {
  const environment = { GCE_METADATA_HOST: emulator.url.slice('http://'.length) };
  for (const auth of [['metadata'], ['adc']]) {
    const { metadata, exchanges } = await answered({ ...vertex, auth }, environment);
    assert.deepEqual([metadata, exchanges], [1, 0]);
  }
});

test('the project comes from the metadata server, or the credential file', async () => {
  await answered({ ...vertex, project: undefined, auth: ['metadata'] }, { GCE_METADATA_HOST: emulator.url.slice('http://'.length) });
  await answered({ ...vertex, project: undefined, auth: ['file', emulator.credentials_file] });
});

test('token', async () => {
  const { exchanges } = await answered({ ...vertex, auth: ['token', await emulator.token()] });
  assert.equal(exchanges, 0);
  const { error, info } = await stream({ ...vertex, auth: ['token', 'ya29.wrong'] }, body);
  assert.deepEqual([error, info.http_status, info.attempts], ['UNAUTHENTICATED', 401, 1]);
});

test('api_key, given and from OPENAI_API_KEY', async () => {
  const openai = { base_url: `${emulator.url}/v1`, model: 'emulator', proxy: '', max_retries: 0 };
  await answered({ ...openai, auth: ['api_key', emulator.api_key] });
  await answered({ ...openai, provider: 'openai' }, { OPENAI_API_KEY: emulator.api_key });
  const { error, message } = await stream({ ...openai, auth: ['api_key', 'sk-wrong-and-secret'] }, body);
  assert.equal(error, 'UNAUTHENTICATED');
  assert.doesNotMatch(message, /sk-wrong-and-secret/);
});

test('no credentials at all: the message says what to do', () =>
  withEnvironment({ GCE_METADATA_HOST: '127.0.0.1:1' }, async () => {
    const { error, message } = await stream(vertex, body);
    assert.match(error, /^AUTH_/);
    assert.match(message, /gcloud auth application-default login|GOOGLE_APPLICATION_CREDENTIALS/);
  }));

test('a credential file that names a strange server is not used', async () => {
  const { error, message } = await stream({ ...vertex, auth_allow_hosts: undefined, auth: ['file', emulator.credentials_file] }, body);
  assert.equal(error, 'AUTH_HOST');
  assert.match(message, /auth_allow_hosts/);
});

test('a token that is taken back is renewed and the request sent again, once', async () => {
  const client = open({ ...vertex, auth: ['file', emulator.credentials_file] });
  assert.equal((await client.stream(body)).error, null);
  const before = await emulator.stats();
  await emulator.fail('401_once');
  const { error, info, message } = await client.stream(body);
  assert.equal(error, null, message);
  assert.equal(info.attempts, 2);
  const now = await emulator.stats();
  assert.deepEqual([now.chat - before.chat, now.token_exchanges - before.token_exchanges], [2, 1]);
  client.close();
});

test('tokens that live two seconds cost no request', async () => {
  await emulator.config({ token_ttl_s: 2 });
  const client = open({ ...vertex, auth: ['file', emulator.authorized_user_file] });
  for (const until = Date.now() + 6500; Date.now() < until; ) {
    const { error, message } = await client.complete({ ...body, max_tokens: 3 });
    assert.equal(error, null, message);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(client.status().auth.renewals >= 3);
  client.close();
  await emulator.config({ token_ttl_s: 3599 });
});
