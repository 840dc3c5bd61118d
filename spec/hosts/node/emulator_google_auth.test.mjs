// SPDX-License-Identifier: MIT
// The token services of the emulator are judged by google-auth-library.
import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { after, before, test } from 'node:test';
import { startEmulator } from './emulator.mjs';

let emulator, library;

before(async () => {
  emulator = await startEmulator('--accept-google-aud');
  // Read by the library when it is loaded.
  process.env.GCE_METADATA_HOST = emulator.url.slice('http://'.length);
  process.env.METADATA_SERVER_DETECTION = 'ping-only';
  delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
  library = await import('google-auth-library');
});
after(() => emulator.stop());

const chat = (token) =>
  fetch(`${emulator.vertex}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ model: 'google/gemini-2.5-flash', messages: [{ role: 'user', content: 'Hello' }] }),
  });

test('a token comes from the metadata server and opens Vertex', async () => {
  const client = new library.Compute();
  const { token } = await client.getAccessToken();
  assert.equal((await chat(token)).status, 200);
  assert.equal((await emulator.stats()).metadata_tokens, 1);
});

test('the library finds the metadata server by itself', async () => {
  const auth = new library.GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
  assert.equal(await auth.getProjectId(), emulator.project);
  assert.equal((await chat(await auth.getAccessToken())).status, 200);
  assert.equal((await auth.getCredentials()).client_email, emulator.service_account);
});

test('a user refreshes', async () => {
  const file = JSON.parse(readFileSync(emulator.authorized_user_file));
  const refresh = (secret) =>
    new library.UserRefreshClient({
      clientId: file.client_id, clientSecret: secret, refreshToken: file.refresh_token, endpoints: { oauth2TokenUrl: file.token_uri },
    }).getAccessToken();
  const { token } = await refresh(file.client_secret);
  assert.equal((await chat(token)).status, 200);
  await assert.rejects(refresh('wrong'), /invalid_client|Unauthorized/);
});

// The library sends its assertion to a fixed address; here it is brought to the emulator instead.
const redirected = (url) => ({ request: (options) => new library.gaxios.Gaxios().request({ ...options, url }) });

test('a service account signs an assertion', async () => {
  const file = JSON.parse(readFileSync(emulator.credentials_file));
  const client = new library.JWT({ email: file.client_email, key: file.private_key, scopes: ['https://www.googleapis.com/auth/cloud-platform'] });
  client.transporter = redirected(file.token_uri);
  const { token } = await client.getAccessToken();
  assert.equal((await chat(token)).status, 200);
});

test('a service account signs its own token', async () => {
  const file = JSON.parse(readFileSync(emulator.credentials_file));
  const client = new library.JWT({ email: file.client_email, key: file.private_key });
  client.useJWTAccessWithScope = true;
  client.defaultScopes = ['https://www.googleapis.com/auth/cloud-platform'];
  const headers = new Headers(await client.getRequestHeaders());
  assert.equal((await chat(headers.get('authorization').slice('Bearer '.length))).status, 200);
});

test('workload identity federates and impersonates', async () => {
  await emulator.config({ subject_token: 'good' });
  const account = (token, impersonate) =>
    library.ExternalAccountClient.fromJSON({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${emulator.url}/v1/token`,
      service_account_impersonation_url: impersonate && `${emulator.url}/v1/projects/-/serviceAccounts/${emulator.service_account}:generateAccessToken`,
      subject_token_supplier: { getSubjectToken: async () => token },
    }).getAccessToken();
  assert.equal((await chat((await account('good', false)).token)).status, 200);
  assert.equal((await chat((await account('good', true)).token)).status, 200);
  await assert.rejects(account('bad', false), /stale/);
});

test('a wrong assertion is refused with a reason', async () => {
  const file = JSON.parse(readFileSync(emulator.credentials_file));
  const now = Math.floor(Date.now() / 1000);
  const right = { iss: file.client_email, scope: 'https://www.googleapis.com/auth/cloud-platform', aud: file.token_uri, iat: now, exp: now + 3600 };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exchange = async (claims, key = file.private_key) => {
    const text = `${part({ alg: 'RS256', typ: 'JWT', kid: file.private_key_id })}.${part({ ...right, ...claims })}`;
    const assertion = `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
    const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
    const reply = await fetch(file.token_uri, { method: 'POST', body });
    return { status: reply.status, ...(await reply.json()) };
  };
  assert.equal((await exchange({})).status, 200);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  assert.match((await exchange({}, privateKey)).error_description, /Signature/);
  assert.match((await exchange({ aud: 'https://example.com/token' })).error_description, /audience/);
  assert.match((await exchange({ iss: 'nobody@example.com' })).error_description, /account not found/);
  assert.equal((await exchange({ scope: undefined })).error, 'invalid_scope');
  for (const claims of [{ iat: now + 120, exp: now + 600 }, { exp: now + 3700 }, { iat: now - 3600, exp: now - 1 }, { exp: undefined }])
    assert.match((await exchange(claims)).error_description, /short-lived/, JSON.stringify(claims));
});

test('token faults and lifetimes are obeyed', async () => {
  const file = JSON.parse(readFileSync(emulator.authorized_user_file));
  const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: file.client_id, client_secret: file.client_secret, refresh_token: file.refresh_token });
  const post = () => fetch(file.token_uri, { method: 'POST', body });
  await emulator.fail('token_500', 2);
  assert.deepEqual([(await post()).status, (await post()).status, (await post()).status], [500, 500, 200]);
  await emulator.config({ token_ttl_s: 1 });
  const { access_token, expires_in } = await (await post()).json();
  assert.equal(expires_in, 1);
  assert.equal((await chat(access_token)).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.match(await (await chat(access_token)).text(), /ACCESS_TOKEN_EXPIRED/);
});

test('the metadata server shows nothing without its header', async () => {
  const url = `${emulator.url}/computeMetadata/v1/instance/service-accounts/default/token`;
  assert.equal((await fetch(url)).status, 403);
  await emulator.fail('metadata_404');
  const headers = { 'metadata-flavor': 'Google' };
  assert.equal((await fetch(url, { headers })).status, 404);
  const right = await fetch(url, { headers });
  assert.equal(right.headers.get('metadata-flavor'), 'Google');
});

test('TLS works with the CA that it names, and with no other', async () => {
  const secure = await startEmulator('--tls');
  try {
    const { token_uri } = JSON.parse(readFileSync(secure.credentials_file));
    assert.equal(token_uri, `${secure.tls_url}/token`);
    const get = (url, options) =>
      new Promise((resolve, reject) => request(url, options, (reply) => resolve(reply.resume().statusCode)).on('error', reject).end());
    const ca = readFileSync(secure.ca_file);
    assert.equal(await get(`${secure.tls_url}/v1/models`, { ca }), 200);
    assert.equal(await get(`${secure.tls_url.replace('127.0.0.1', 'localhost')}/v1/models`, { ca, family: 4 }), 200);
    await assert.rejects(get(`${secure.tls_url}/v1/models`, {}), /certificate/);
  } finally {
    await secure.stop();
  }
});
