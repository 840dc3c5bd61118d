// SPDX-License-Identifier: MIT
// AWS Signature Version 4, written from its description only to check signatures that others made.
import { createHash, createHmac } from 'node:crypto';

const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const escape = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

function canonicalQuery(url) {
  const pairs = [...url.searchParams].map(([name, value]) => [escape(name), escape(value)]);
  return pairs.sort().map((pair) => pair.join('=')).join('&');
}

function canonicalRequest({ url, method, headers }, signed) {
  const parts = new URL(url);
  const lines = signed.map((name) => `${name}:${headers.get(name).trim().replace(/ +/g, ' ')}\n`);
  return [method, parts.pathname, canonicalQuery(parts), lines.join(''), signed.join(';'), sha256('')].join('\n');
}

// A request that was signed, with its headers as a Map of lower case names: what the signature covers and whether it is right.
export function checkSignature(request, keyId, secret) {
  const pattern = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, id, day, region, service, names, signature] = pattern.exec(request.headers.get('authorization') ?? '') ?? [];
  if (!signature) return { verdict: 'unreadable' };
  const signed = names.split(';');
  if (signed.some((name) => !request.headers.has(name)) || names !== [...signed].sort().join(';')) return { verdict: 'wrong names', names };
  const time = request.headers.get('x-amz-date');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonicalRequest(request, signed))].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce(hmac, `AWS4${secret}`);
  const right = id === keyId && time.startsWith(day) && hmac(key, text).toString('hex') === signature;
  return { verdict: right ? 'right' : 'wrong', names, scope: `${region}/${service}` };
}
