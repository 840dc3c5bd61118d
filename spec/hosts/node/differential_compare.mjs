// SPDX-License-Identifier: MIT
// Requests as fields that can be compared: what is encoded is decoded, times become ages, signatures become verdicts.
import { verify } from 'node:crypto';
import { checkSignature } from './differential_sigv4.mjs';

export const absent = '(absent)';

// The HTTP client's own business. Host is in the URL.
const framing = ['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding'];
// A chat request is no business of a credential's, but for these.
const credentials = ['authorization', 'x-goog-user-project', 'x-goog-api-key'];

const decode = (part) => JSON.parse(Buffer.from(part, 'base64url'));

function age(time_s, now_s) {
  const age_s = Math.round(now_s - time_s);
  if (Math.abs(age_s) <= 2) return 'now';
  return Math.abs(age_s - 10) <= 2 ? '10 s ago' : `${age_s} s ago`;
}

const isJwt = (text) => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text) && text.startsWith('eyJ');

function addJwt(fields, prefix, jwt, record, keys) {
  const [header, claims, signature] = jwt.split('.');
  const { iat, exp, ...rest } = decode(claims);
  const { alg } = decode(header);
  for (const [name, value] of Object.entries(decode(header))) fields.set(`${prefix} header ${name}`, value);
  for (const [name, value] of Object.entries(rest)) fields.set(`${prefix} claim ${name}`, value);
  fields.set(`${prefix} claim iat`, age(iat, record.time_s));
  fields.set(`${prefix} claim exp`, `iat + ${exp - iat} s`);
  const key = { key: keys[alg], dsaEncoding: 'ieee-p1363' };
  fields.set(`${prefix} signature`, verify('sha256', `${header}.${claims}`, key, Buffer.from(signature, 'base64url')) ? 'right' : 'wrong');
}

function amzTime(text) {
  const [year, month, day, hour, minute, second] = /^(\d{4})(..)(..)T(..)(..)(..)Z$/.exec(text ?? '')?.slice(1) ?? [];
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

function addAws(fields, prefix, token, record, { aws }) {
  const request = JSON.parse(decodeURIComponent(token));
  const headers = new Map(request.headers.map(({ key, value }) => [key.toLowerCase(), value]));
  const { verdict, names, scope } = checkSignature({ ...request, headers }, aws.AccessKeyId, aws.SecretAccessKey);
  for (const name of Object.keys(request)) if (name !== 'headers') fields.set(`${prefix} ${name}`, request[name]);
  for (const [name, value] of headers) fields.set(`${prefix} header ${name}`, value);
  fields.set(`${prefix} header x-amz-date`, age(amzTime(headers.get('x-amz-date')), record.time_s));
  fields.set(`${prefix} header authorization`, `${scope}, ${verdict}`);
  fields.set(`${prefix} signed headers`, names);
  fields.set(`${prefix} spelling of header names`, request.headers.map(({ key }) => key).join(' '));
}

function addAuthorization(fields, value, record, keys) {
  const [scheme, rest] = value.split(/ (.*)/);
  fields.set('authorization scheme', scheme);
  if (scheme === 'Basic') fields.set('authorization decoded', Buffer.from(rest, 'base64').toString());
  else if (isJwt(rest)) addJwt(fields, 'bearer', rest, record, keys);
  else fields.set('authorization value', rest);
}

// "gl-node/1 auth/2 google-byoid-sdk source/file ...": each word has a field of its own.
function addMetrics(fields, value) {
  for (const word of value.split(' ')) {
    const [name, text] = word.split('/');
    fields.set(`x-goog-api-client ${name.replace(/^gl-.*/, 'gl-')}`, text === undefined ? 'there' : name.startsWith('gl-') ? word : text);
  }
}

function addHeaders(fields, record, keys) {
  for (const [name, value] of Object.entries(record.headers)) {
    if (framing.includes(name) || (record.role.startsWith('chat') && !credentials.includes(name))) continue;
    if (name === 'authorization') addAuthorization(fields, value, record, keys);
    else if (name === 'x-goog-api-client') addMetrics(fields, value);
    else fields.set(`header ${name}`, value);
  }
}

function addMember(fields, name, value, record, keys) {
  if (value.startsWith('%7B%22url%22')) addAws(fields, name, value, record, keys);
  else if (isJwt(value) && (name === 'assertion' || record.role === 'gdch')) addJwt(fields, name, value, record, keys);
  else fields.set(name, value);
}

function addBody(fields, record, keys) {
  if (!record.body || record.role.startsWith('chat')) return;
  const isForm = record.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const members = isForm ? [...new URLSearchParams(record.body)] : Object.entries(JSON.parse(record.body));
  if (new Set(members.map(([name]) => name)).size !== members.length) fields.set('body', 'has a member twice');
  for (const [name, value] of members) addMember(fields, name, typeof value === 'string' ? value : JSON.stringify(value), record, keys);
  fields.set('order of members', members.map(([name]) => name).join(' '));
}

// `keys`: RS256 and ES256 (public keys in PEM), aws (as the metadata service gives them).
function fieldsOf(record, keys) {
  if (record.role === 'program') return new Map(Object.entries(record.fields));
  const [place, query] = record.url.split('?');
  const fields = new Map([['method', record.method], ['url', place]]);
  for (const [name, value] of new URLSearchParams(query)) fields.set(`query ${name}`, value);
  if (query !== undefined) fields.set('query as written', query);
  fields.set('client certificate', record.certificate ?? absent);
  addHeaders(fields, record, keys);
  addBody(fields, record, keys);
  return fields;
}

function pairUp(ours, theirs) {
  const pairs = [];
  for (const role of new Set([...ours, ...theirs].map((record) => record.role))) {
    const [one, other] = [ours, theirs].map((list) => list.filter((record) => record.role === role));
    for (let i = 0; i < Math.max(one.length, other.length); i++) pairs.push({ role, number: i + 1, ours: one[i], theirs: other[i] });
  }
  return pairs;
}

// In which order each kind was first asked for.
const sequence = (records, shared) => [...new Set(records.map(({ role }) => role))].filter((role) => shared.has(role)).join(', ');

function faultsOf({ role }, fields) {
  const verdicts = [...fields].filter(([field]) => /signature$|header authorization$/.test(field));
  return verdicts.filter(([, value]) => !/(^|, )right$/.test(value)).map(([field, value]) => `${role}: ${field}: ${value}`);
}

// `found`: the differences, each { request, number, field, ours, theirs }; `shared`: the kinds of request that both made;
// `faults`: what is wrong with ours, whatever the other side does.
export function compare(ours, theirs, keys) {
  const found = [], shared = new Set(), faults = [];
  for (const { role, number, ...pair } of pairUp(ours, theirs)) {
    const add = (field, one, other) => found.push({ request: role, number, field, ours: one, theirs: other });
    if (role === 'unknown') faults.push(`unknown request: ${(pair.ours ?? pair.theirs).url}`);
    else if (!pair.theirs) faults.push(...faultsOf({ role }, fieldsOf(pair.ours, keys)));
    if (!pair.ours || !pair.theirs) {
      add('request', pair.ours ? 'sent' : absent, pair.theirs ? 'sent' : absent);
      continue;
    }
    shared.add(role);
    const [one, other] = [pair.ours, pair.theirs].map((record) => fieldsOf(record, keys));
    faults.push(...faultsOf({ role }, one));
    for (const field of new Set([...one.keys(), ...other.keys()])) {
      const values = [one, other].map((fields) => String(fields.get(field) ?? absent));
      if (values[0] !== values[1]) add(field, ...values);
    }
  }
  const orders = [ours, theirs].map((records) => sequence(records, shared));
  if (orders[0] !== orders[1]) found.push({ request: 'all', number: 1, field: 'sequence', ours: orders[0], theirs: orders[1] });
  return { found, shared, faults };
}
