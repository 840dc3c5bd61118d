// SPDX-License-Identifier: MIT
// One server that plays every service a credential is exchanged with, answers in the right shape, and keeps what it was
// asked. Google's hosts are reached at it under their own names: chatabi by a proxy's CONNECT, node because its TLS
// connections are bent here. So both use the same credential file, with the real addresses in it.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { makeAuthority } from './servers.mjs';

export const account = 'robot@emulated.iam.gserviceaccount.com';

// What a request is, by the end of its address. A token that its bearer signed makes it another one.
const roles = [
  [/^https:\/\/oauth2\.googleapis\.com\/token$/, 'oauth'],
  [/^https:\/\/sts\.((mtls\.)?googleapis|gdu\.example)\.com\/v1\/token$/, 'sts'],
  [/^https:\/\/sts\.(googleapis|gdu\.example)\.com\/v1\/oauthtoken$/, 'oauthtoken'],
  [/:generateAccessToken$/, 'iam'],
  [/^https:\/\/gdch\.example\.com\/authenticate$/, 'gdch'],
  [/\/chat\/completions$/, 'chat'],
  [/\/computeMetadata\/v1\/instance\/service-accounts\/[^/]+\/token$/, 'metadata token'],
  [/\/computeMetadata\/v1\/instance\/service-accounts\/[^/]+\/email$/, 'metadata email'],
  [/\/computeMetadata\/v1\/universe\/universe-domain$/, 'metadata universe'],
  [/\/latest\/api\/token$/, 'imds session'],
  [/\/placement\/availability-zone$/, 'imds region'],
  [/\/iam\/security-credentials$/, 'imds role'],
  [/\/iam\/security-credentials\/[^/]+$/, 'imds keys'],
  [/\/ecs\/keys$/, 'ecs keys'],
  [/\/subject\/[^/]*$/, 'subject'],
];

const isJwt = (headers) => /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/.test(headers.authorization ?? '');

function roleOf({ url, headers }) {
  const role = roles.find(([pattern]) => pattern.test(url.split('?')[0]))?.[1] ?? 'unknown';
  return isJwt(headers) && (role === 'chat' || role === 'iam') ? `${role}, self-signed` : role;
}

export const json = (value, status = 200) => ({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });
const text = (body) => ({ status: 200, headers: { 'content-type': 'text/plain' }, body });
const flavored = (reply) => ({ ...reply, headers: { ...reply.headers, 'metadata-flavor': 'Google' } });

export const refusals = {
  oauth: (error, status = 400, more = {}) => json({ error, error_description: 'Bad Request', ...more }, status),
  google: (code, status) => json({ error: { code, message: 'refused', status } }, code),
  metadata: (status) => flavored({ status, headers: {}, body: 'no' }),
  plain: (status) => ({ status, headers: {}, body: 'no' }),
};

const answer = { id: 'x', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }] };
const issued = 'urn:ietf:params:oauth:token-type:access_token';
const keys = { AccessKeyId: 'ASIAEXAMPLE', SecretAccessKey: 'instance/secret+key', Token: 'instance//token==' };

// `n` counts the good answers of its kind, from 1.
const answers = {
  oauth: (n, plan) => json({ access_token: `ya29.oauth-${n}`, expires_in: 3599, token_type: 'Bearer', refresh_token: plan.rotate && `1//rotated-${n}` }),
  oauthtoken: (n, plan) => json({ access_token: `ya29.user-${n}`, expires_in: 3599, token_type: 'Bearer', refresh_token: plan.rotate && `rotated+${n}` }),
  sts: (n) => json({ access_token: `ya29.sts-${n}`, issued_token_type: issued, token_type: 'Bearer', expires_in: 3599 }),
  iam: (n) => json({ accessToken: `ya29.iam-${n}`, expireTime: new Date(Date.now() + 3599e3).toISOString() }),
  gdch: (n) => json({ access_token: `gdch-${n}`, issued_token_type: issued, token_type: 'Bearer', expires_in: 3599 }),
  chat: () => json(answer),
  'metadata token': (n) => flavored(json({ access_token: `ya29.metadata-${n}`, expires_in: 3599, token_type: 'Bearer' })),
  'metadata email': () => flavored(text(account)),
  'metadata universe': () => flavored(text('googleapis.com')),
  'imds session': (n) => text(`session-${n}==`),
  'imds region': () => text('eu-central-1b'),
  'imds role': () => text('robot-role'),
  'imds keys': () => json(keys),
  'ecs keys': () => json(keys),
  subject: (n, plan, { url }) => (url.includes('json') ? json({ access_token: `subject.${n}/+=`, other: 1 }) : text(`subject.${n}/+=`)),
};
answers['chat, self-signed'] = answers.chat;
answers['iam, self-signed'] = answers.iam;
export const instanceKeys = keys;

async function read(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

export async function startRecorder() {
  const hosts = ['*.googleapis.com', '*.mtls.googleapis.com', '*.us-east1.rep.googleapis.com', '*.example.com', '*.gdu.example.com'];
  const authority = makeAuthority();
  const { certificate, key } = authority.sign('services', hosts.map((host) => `DNS:${host}`).join(','));
  let plan = {}, records = [], counts = {};

  const handle = async (request, response) => {
    const { socket, method, headers, rawHeaders } = request;
    const body = await read(request);
    const url = `${socket.encrypted ? 'https' : 'http'}://${headers.host}${request.url}`;
    const peer = socket.encrypted ? socket.getPeerCertificate() : {};
    const record = { method, url, headers, names: rawHeaders.filter((_, i) => i % 2 === 0), body, time_s: Date.now() / 1000 };
    record.role = roleOf(record);
    record.certificate = peer.fingerprint256;
    records.push(record);
    plan.seen?.(record, records);
    const refusal = plan.answers?.[record.role]?.shift();
    counts[record.role] = (counts[record.role] ?? 0) + (refusal ? 0 : 1);
    const reply = refusal ?? answers[record.role]?.(counts[record.role], plan, record) ?? refusals.plain(404);
    response.writeHead(reply.status, reply.headers).end(reply.body);
  };

  const secure = https.createServer({ key: readFileSync(key), cert: readFileSync(certificate), requestCert: true, rejectUnauthorized: false }, handle);
  const plain = http.createServer(handle);
  plain.on('connect', (request, socket, head) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    if (head.length) socket.unshift(head);
    secure.emit('connection', socket);
  });
  for (const server of [secure, plain]) await once(server.listen(0, '127.0.0.1'), 'listening');

  const direct = https.Agent.prototype.createConnection;
  const ca = readFileSync(authority.ca_file);
  https.Agent.prototype.createConnection = function (options, done) {
    const bent = { ...options, host: '127.0.0.1', port: secure.address().port, servername: options.servername || options.host, ca };
    return direct.call(this, bent, done);
  };

  const host = `127.0.0.1:${plain.address().port}`;
  return {
    authority,
    host,
    url: `http://${host}`,
    ca_file: authority.ca_file,
    // What comes from now on is answered by `next` and kept in the list that is returned.
    begin: (next) => {
      [plan, records, counts] = [next, [], {}];
      return records;
    },
    stop: async () => {
      https.Agent.prototype.createConnection = direct;
      for (const server of [secure, plain]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
