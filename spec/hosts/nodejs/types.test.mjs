// SPDX-License-Identifier: MIT
// The types: a program that uses all of them compiles, and they say what the module, the header and the page of options say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import * as chatabi from 'chatabi';

const require = createRequire(import.meta.url);
const ts = require('typescript');
const types = join(require.resolve('chatabi'), '..', 'chatabi.d.ts');
const use = join(import.meta.dirname, 'types_use.ts');
const { CHATABI_SOURCE } = process.env;

const program = ts.createProgram([use, types], {
  strict: true, noEmit: true, skipLibCheck: true, target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.esnext.d.ts'], types: ['node'], noUnusedLocals: true, exactOptionalPropertyTypes: true, noPropertyAccessFromIndexSignature: true,
});
const checker = program.getTypeChecker();
const source = program.getSourceFile(types);
const declared = Object.fromEntries(checker.getExportsOfModule(checker.getSymbolAtLocation(source)).map((symbol) => [symbol.name, symbol]));
const namesOf = (type) => type.getProperties().map(({ name }) => name.replace(/^__@(\w+)@\d+$/, '[$1]')).sort();
const typeOf = (name) => checker.getDeclaredTypeOfSymbol(declared[name]);
const textsOf = (type) => type.types.map(({ value }) => value).sort();

const header = readFileSync(join(CHATABI_SOURCE, 'core/include/chatabi.h'), 'utf8');
const inHeader = (prefix) => [...header.matchAll(new RegExp(`^  CHATABI_${prefix}_(\\w+) =`, 'gm'))].map(([, name]) => name);

const complaintsOf = (some) =>
  ts.getPreEmitDiagnostics(some).map(({ file, start, messageText }) => `${file?.fileName}:${start}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);

test('a strict program that uses everything compiles', () => {
  assert.deepEqual(complaintsOf(program), []);
});

test('the types are right in themselves, with a browser\'s types in the place of Node\'s too', () => {
  const lib = ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'];
  assert.deepEqual(complaintsOf(ts.createProgram([types], { strict: true, noEmit: true, skipDefaultLibCheck: true, lib, types: [] })), []);
});

test('the module exports what the types do', () => {
  const values = Object.values(declared).filter(({ flags }) => flags & ts.SymbolFlags.Value);
  assert.deepEqual(values.map(({ name }) => name).sort(), Object.keys(chatabi).sort());
});

for (const name of ['Client', 'Stream']) {
  test(`${name} has the members that its types have`, () => {
    const members = Reflect.ownKeys(chatabi[name].prototype).filter((key) => key !== 'constructor');
    assert.deepEqual(members.map((key) => (typeof key === 'symbol' ? `[${key.description.replace('Symbol.', '').replace('nodejs.', '')}]` : key)).sort(), namesOf(typeOf(name)));
  });
}

test('errors have the names of the header', () => {
  assert.deepEqual(textsOf(typeOf('ErrorName')), [...inHeader('E'), 'UNKNOWN'].sort());
});

test('numbers have the names of the header', () => {
  assert.deepEqual(namesOf(typeOf('Info')), inHeader('INFO').map((name) => name.toLowerCase()).sort());
  const finishes = checker.getNonNullableType(checker.getTypeOfSymbol(typeOf('Info').getProperty('finish')));
  assert.deepEqual(textsOf(finishes), inHeader('FINISH').map((name) => name.toLowerCase()).filter((name) => name !== 'none').sort());
  assert.deepEqual(textsOf(checker.getTypeOfSymbol(typeOf('Stream').getProperty('state'))), inHeader('STATE').map((name) => name.toLowerCase()).sort());
});

test('options have the names and choices of their page', () => {
  const page = readFileSync(join(CHATABI_SOURCE, 'core/OPTIONS.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].map(([, name, value]) => [name, value.split(' ')]);
  assert.deepEqual(namesOf(typeOf('ClientOptions')), [...rows.map(([name]) => name), 'auth'].sort());
  for (const [name, choices] of rows) {
    const type = checker.getNonNullableType(checker.getTypeOfSymbol(typeOf('ClientOptions').getProperty(name)));
    const texts = type.types?.map(({ value }) => value).filter((value) => typeof value === 'string') ?? [];
    if (texts.length) assert.deepEqual(texts.sort(), choices.sort(), name);
    else assert.ok(['text', 'number', 'JSON'].includes(choices[0]), name);
  }
});

test('an answer, an event and an error have the fields that their types have', async () => {
  const { startEmulator } = await import('./emulator.mjs');
  const emulator = await startEmulator();
  const client = new chatabi.Client({ base_url: `${emulator.url}/v1`, model: 'gpt-4o', max_retries: 0 });
  const fieldsOf = (value) => [...new Set([...Object.keys(value), ...Object.getOwnPropertyNames(Object.getPrototypeOf(value))])].filter((name) => name !== 'constructor').sort();
  const stream = client.stream('x');
  assert.deepEqual(fieldsOf((await stream.next()).value), namesOf(typeOf('TextEvent')));
  assert.deepEqual(fieldsOf(await stream.result()), namesOf(typeOf('Answer')));
  const error = await client.stream('x', { headers: { 'x-emulator-fault': 'cut=3' } }).result().catch((caught) => caught);
  const known = namesOf(typeOf('ChatabiError'));
  for (const name of Object.getOwnPropertyNames(error)) assert.ok(known.includes(name), name);
  client.close();
  await emulator.stop();
});
