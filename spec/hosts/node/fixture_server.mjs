// SPDX-License-Identifier: MIT
// An HTTP server of bare sockets that sends one answer in every way that HTTP has for it: /WAY/NUMBER/chat/completions.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { constants, gzipSync, createGzip } from 'node:zlib';

const events = (bytes) => {
  const found = [];
  for (let from = 0; from < bytes.length;) {
    const at = bytes.indexOf('\n\n', from);
    const to = at < 0 ? bytes.length : at + 2;
    found.push(bytes.subarray(from, to));
    from = to;
  }
  return found;
};

function pieces(bytes, sizes) {
  const found = [];
  for (let from = 0, i = 0; from < bytes.length; from += sizes[i++ % sizes.length]) found.push(bytes.subarray(from, from + sizes[i % sizes.length]));
  return found;
}

// What a server sends when it compresses on the fly: after every event all that the event needs.
async function flushed(list) {
  const gzip = createGzip(), parts = [];
  let fresh = [];
  gzip.on('data', (data) => fresh.push(data));
  for (const event of list) {
    gzip.write(event);
    await new Promise((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, resolve));
    parts.push(Buffer.concat(fresh));
    fresh = [];
  }
  gzip.end();
  await once(gzip, 'end');
  return [...parts, Buffer.concat(fresh)].filter((part) => part.length);
}

const odd = [1, 2, 3, 5, 7, 11, 13, 1, 1, 64, 17, 997, 3];
const chunk = (bytes) => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
// Extensions, leading zeros and trailers are allowed, if rare.
const oddChunk = (bytes, i) => Buffer.concat([Buffer.from(`${i % 3 ? '' : '00'}${bytes.length.toString(16).toUpperCase()}${i % 2 ? ';a=b' : ''}\r\n`), bytes, Buffer.from('\r\n')]);
const last = Buffer.from('0\r\n\r\n'), lastWithTrailer = Buffer.from('0\r\nX-Trailer: yes\r\n\r\n');

const whole = (bytes, ...more) => ({ head: [`Content-Length: ${bytes.length}`, ...more], parts: [bytes] });
const chunked = (list, ...more) => ({ head: ['Transfer-Encoding: chunked', ...more], parts: [...list.map(chunk), last] });
const gzip = 'Content-Encoding: gzip';

export const ways = {
  identity: (bytes) => whole(bytes),
  'chunk by event': (bytes) => chunked(events(bytes)),
  'odd chunks': (bytes) => ({ head: ['Transfer-Encoding: chunked', 'Trailer: X-Trailer'], parts: [...pieces(bytes, odd).map(oddChunk), lastWithTrailer] }),
  // Chunks and packets end at different places.
  'odd chunks and packets': (bytes) => ({
    head: ['Transfer-Encoding: chunked'], parts: pieces(Buffer.concat([...pieces(bytes, [29, 3, 401]).map(chunk), last]), [7, 211, 1, 1, 53]),
  }),
  'until it closes': (bytes) => ({ head: ['Connection: close'], parts: events(bytes), close: true }),
  'HTTP/1.0': (bytes) => ({ version: '1.0', head: [], parts: pieces(bytes, [333]), close: true }),
  'carriage returns': (bytes) => chunked(events(Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1'))),
  gzip: (bytes) => whole(gzipSync(bytes), gzip),
  'gzip until it closes': (bytes) => ({ head: [gzip, 'Connection: close'], parts: pieces(gzipSync(bytes), odd), close: true }),
  'gzip by event': async (bytes) => chunked(await flushed(events(bytes)), gzip),
  'gzip by event in odd packets': async (bytes) => {
    const { head, parts } = chunked(await flushed(events(bytes)), gzip);
    return { head, parts: pieces(Buffer.concat(parts), [1, 3, 90, 2, 301]) };
  },
};

const broken = (list) => Buffer.concat(list.slice(0, 2));

// Ways that go wrong after the second event.
export const brokenWays = {
  'shorter than it said': (bytes) => ({ head: [`Content-Length: ${bytes.length}`], parts: [broken(events(bytes))], close: true }),
  'no last chunk': (bytes) => ({ head: ['Transfer-Encoding: chunked'], parts: [chunk(broken(events(bytes)))], close: true }),
  'an early end': (bytes) => chunked([broken(events(bytes))]),
  'a chunk of no size': (bytes) => ({ head: ['Transfer-Encoding: chunked'], parts: [chunk(broken(events(bytes))), Buffer.from('zz\r\n\r\n')] }),
  'closed too soon': (bytes) => ({ head: ['Connection: close'], parts: [broken(events(bytes))], close: true }),
  'cut gzip': async (bytes) => chunked((await flushed(events(bytes))).slice(0, 2), gzip),
  'spoilt gzip': async (bytes) => {
    const list = await flushed(events(bytes));
    return chunked([list[0], list[1], Buffer.alloc(64, 0xff)], gzip);
  },
  'no gzip at all': (bytes) => whole(bytes, gzip),
};

const isWhole = (request) => {
  const end = request.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(request.subarray(0, end).toString('latin1'));
  return request.length >= end + 4 + Number(length?.[1] ?? 0);
};

// Each part is a write of its own that the kernel has taken before the next one.
async function send(socket, { version = '1.1', head, parts, close }, { type, gate }) {
  const write = (bytes) => new Promise((resolve) => socket.write(bytes, resolve));
  await write(Buffer.from(`HTTP/${version} 200 OK\r\nContent-Type: ${type}\r\n${head.map((line) => `${line}\r\n`).join('')}\r\n`));
  for (const [number, part] of parts.entries()) {
    if (number === 2) await gate;
    await write(part);
  }
  if (close) socket.end();
}

// `answers`, by number: bytes, their content type, and a gate: a promise that the third part of the answer waits for.
export async function startFixtureServer(answers) {
  const sockets = new Set();
  const server = createServer({ noDelay: true }, (socket) => {
    let request = Buffer.alloc(0);
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    socket.on('error', () => {});
    socket.on('data', async (data) => {
      request = Buffer.concat([request, data]);
      if (!isWhole(request)) return;
      const [, way, number] = /^POST \/([^/]+)\/(\d+)\//.exec(request.toString('latin1'));
      request = Buffer.alloc(0);
      const { bytes, type, gate } = answers[number];
      await send(socket, await { ...ways, ...brokenWays }[decodeURIComponent(way)](bytes), { type, gate });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  return { url: (way, number) => `http://127.0.0.1:${server.address().port}/${encodeURIComponent(way)}/${number}`, stop };
}
