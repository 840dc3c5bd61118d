// SPDX-License-Identifier: MIT
// Every block of the package's README is a program that works: run as it stands, with the library that leads to the emulator
// (spec/readme/redirect.c).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { startEmulator } from './emulator.mjs';

const home = dirname(createRequire(import.meta.url).resolve('chatabi'));
const page = readFileSync(join(home, 'README.md'), 'utf8');
const blocks = [...page.matchAll(/^## (.+)\n(?:(?!## )[^])*?^```(\w+)\n([^]*?)^```$/gm)]
  .map(([, title, language, code]) => ({ title, language, code }));
const expected = {
  'One answer': /^\[emulator\] canned reply - no model was called\nYou said “Why is the sky blue\?”/,
  'A stream': /You said “Tell me a story”[^]*\n\d+ tokens, the first text after \d+ ms\n$/,
  Tools: /degrees|clear|21/,
  'In a server': /You said “Tell me a story”/,
  Errors: /^NOT_FOUND 404 false /,
  'And else': /^2 service_account chatabi\/[^]*info request 1/,
};

let emulator, folder, environment;
before(async () => {
  folder = mkdtempSync(join(import.meta.dirname, 'readme-'));
  emulator = await startEmulator('--tls', '--project', 'my-project', '--dir', folder);
  environment = {
    PATH: process.env.PATH, HOME: folder, CHATABI_LIBRARY: process.env.CHATABI_REDIRECTED, CHATABI_EMULATOR_TLS_URL: emulator.tls_url,
    CHATABI_EMULATOR_CA: emulator.ca_file, GOOGLE_APPLICATION_CREDENTIALS: emulator.credentials_file, GCE_METADATA_HOST: '127.0.0.1:1',
  };
});
after(async () => {
  await emulator.stop();
  rmSync(folder, { recursive: true });
});

test('all blocks are known', () => {
  assert.equal(blocks.length, page.match(/^```\w+$/gm).length);
  assert.deepEqual(blocks.filter(({ language }) => language === 'js').map(({ title }) => title), Object.keys(expected));
  const others = blocks.filter(({ language }) => language !== 'js').map(({ code }) => code);
  assert.deepEqual(others, ['npm install --install-links /path/to/chatabi/bindings/node\n']);
});

test('the package has all of its files', () => {
  const { files } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  assert.deepEqual(files.sort(), readdirSync(home).filter((name) => /\.(mjs|d\.ts)$/.test(name)).sort());
});

for (const { title, language, code } of blocks.filter(({ language }) => language === 'js')) {
  test(`${title} (${language})`, async () => {
    const file = join(folder, `${title.replaceAll(' ', '_')}.mjs`);
    writeFileSync(file, code);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { env: environment, timeout: 30000, killSignal: 'SIGKILL' });
    assert.equal(stderr, '');
    assert.match(stdout, expected[title]);
  });
}
