// SPDX-License-Identifier: MIT
// Servers that were not written here, each in a folder of its own under the system's temporary one: nginx, tinyproxy, and
// certificates by the openssl command. Everything that was started ends with stopAll, or with this process.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const stops = [];

export async function stopAll() {
  while (stops.length) await stops.pop()();
}

export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'chatabi-judge-'));
  stops.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const isOpen = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false)).once('close', () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });

async function run(port, command, ...words) {
  const path = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;
  const child = spawn(command, words, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PATH: path } });
  let complaint = '';
  child.stderr.on('data', (text) => (complaint += text));
  child.on('error', (error) => (complaint += error.message));
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  stops.push(async () => {
    process.removeListener('exit', kill);
    if (child.exitCode !== null || child.pid === undefined) return;
    kill();
    await once(child, 'exit');
  });
  for (let i = 0; i < 200 && child.exitCode === null && child.pid !== undefined; i++) {
    if (await isOpen(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${command} did not start: ${complaint}`);
}

// ---- certificates ----

const openssl = (...words) => execFileSync('openssl', words, { stdio: ['ignore', 'pipe', 'pipe'] });

// An authority that signs certificates for `names`, such as 'IP:127.0.0.1,DNS:localhost'.
export function makeAuthority() {
  const folder = makeFolder();
  const at = (name) => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...newKey, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=Judge CA',
    '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign');
  const sign = (name, names, { from = '-1', to = '+1' } = {}) => {
    const stamp = (days) => new Date(Date.now() + Number(days) * 86400e3).toISOString().replace(/[-:T]|\.\d+/g, '');
    writeFileSync(at('index.txt'), '');
    writeFileSync(at('ca.conf'),
      `[ca]\ndefault_ca=here\n[here]\ndatabase=${at('index.txt')}\nnew_certs_dir=${folder}\ndefault_md=sha256\npolicy=any\nrand_serial=yes\n[any]\ncommonName=supplied\n[leaf]\nsubjectAltName=${names}\n`);
    openssl('req', ...newKey, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`), '-subj', `/CN=${name}`);
    openssl('ca', '-batch', '-notext', '-config', at('ca.conf'), '-extensions', 'leaf', '-keyfile', at('ca.key'), '-cert', at('ca.pem'),
      '-startdate', stamp(from), '-enddate', stamp(to), '-in', at(`${name}.csr`), '-out', at(`${name}.pem`));
    return { certificate: at(`${name}.pem`), key: at(`${name}.key`) };
  };
  return { ca_file: at('ca.pem'), sign };
}

// ---- nginx ----

// TLS and HTTP/2 in front of `upstream`. aimock serves Vertex only as v1beta1.
export async function startNginx(upstream, { certificate, key }, clients_of) {
  const folder = makeFolder();
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((one) => `${one}_temp_path ${folder}/${one};`).join(' ');
  writeFileSync(join(folder, 'nginx.conf'), `
daemon off; master_process off; pid ${folder}/pid; error_log stderr error;
events { worker_connections 1024; }
http {
  ${temporary}
  log_format judge '$connection $server_protocol $request_method $uri $status';
  access_log ${folder}/access.log judge;
  server {
    listen 127.0.0.1:${port} ssl http2;
    ssl_certificate ${certificate}; ssl_certificate_key ${key};
    ${clients_of ? `ssl_verify_client on; ssl_client_certificate ${clients_of};` : ''}
    location / {
      rewrite ^/v1/projects/(.*)$ /v1beta1/projects/$1 break;
      proxy_pass ${upstream}; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off; proxy_read_timeout 30s;
    }
  }
}
`);
  await run(port, 'nginx', '-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf'));
  return { port, url: `https://127.0.0.1:${port}`, log: () => readFileSync(join(folder, 'access.log'), 'utf8').split('\n').filter(Boolean) };
}

// ---- tinyproxy ----

// Allows CONNECT to `ports` only.
export async function startProxy(ports) {
  const folder = makeFolder();
  const port = await freePort();
  const log = join(folder, 'log');
  writeFileSync(join(folder, 'conf'),
    [`Port ${port}`, 'Listen 127.0.0.1', 'Timeout 30', `LogFile "${log}"`, 'LogLevel Info', 'MaxClients 50', 'Allow 127.0.0.1',
      ...ports.map((one) => `ConnectPort ${one}`)].join('\n') + '\n');
  await run(port, 'tinyproxy', '-d', '-c', join(folder, 'conf'));
  const asked = () => readFileSync(log, 'utf8').split('\n').flatMap((line) => /Request \(file descriptor \d+\): (.*)$/.exec(line)?.[1] ?? []);
  return { url: `http://127.0.0.1:${port}`, asked };
}

// ---- the environment ----

// The library reads it when a client begins, and node's process.env is the real one.
export async function withEnvironment(values, act) {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy', 'NO_PROXY', 'no_proxy', 'SSL_CERT_FILE', 'HOME',
    'CLOUDSDK_CONFIG', 'GOOGLE_APPLICATION_CREDENTIALS', 'GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT', 'GOOGLE_CLOUD_LOCATION', 'GOOGLE_CLOUD_REGION',
    'GOOGLE_CLOUD_QUOTA_PROJECT', 'GCE_METADATA_HOST', 'OPENAI_API_KEY', 'OPENAI_BASE_URL'];
  const before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  for (const name of names) delete process.env[name];
  Object.assign(process.env, { HOME: '/nonexistent' }, values);
  try {
    return await act();
  } finally {
    for (const name of names) before[name] === undefined ? delete process.env[name] : (process.env[name] = before[name]);
  }
}
