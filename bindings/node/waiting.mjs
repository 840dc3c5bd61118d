// SPDX-License-Identifier: MIT
// How readers of streams wait: for their turns, and until there is something to read.
import { isMainThread } from 'node:worker_threads';
import koffi from 'koffi';
import { requestFd } from './library.mjs';

// Readers go on in turns: all that have something to read at once, and when TURN_MS are over the loop does everything else first. So
// a stream that comes faster than it is read starves neither the loop nor its neighbours.
const TURN_MS = 4;
let turnEnds = 0;
const queue = [];

export const turnIsOver = () => performance.now() >= turnEnds;

function beginTurn() {
  turnEnds = performance.now() + TURN_MS;
  for (const resume of queue.splice(0)) resume();
}

// On setImmediate, because koffi's callback is none that Node's promises run after.
export function nextTurn(resume) {
  if (queue.push(resume) === 1) setImmediate(beginTurn);
}

// Where the loop cannot poll, it looks again and again: on Windows, without descriptors left, where koffi or libuv refuses, and in worker
// threads, because one that is terminated inside of koffi's callback takes the process with it.
const LONGEST_LOOK_MS = 8;
const canPoll = isMainThread && process.platform !== 'win32' && koffi.node?.poll !== undefined;

function beginPoll(handle, onReadable) {
  const fd = canPoll ? requestFd(handle) : -1;
  try {
    return fd < 0 ? null : koffi.node.poll(fd, { readable: true }, onReadable);
  } catch {
    return null;
  }
}

// A poll that goes on after its reader has woken would be called while Node takes itself down, and koffi aborts the process then. As it is,
// each keeps the loop alive, and so the loop's end finds none.
function poll(held, onReadable) {
  if (held.poll) held.poll.start({ readable: true }, onReadable);
  else held.poll = beginPoll(held.handle, onReadable);
}

// Until there may be something to read. `looks`: how often there was nothing.
export const untilReadable = (held, looks) => new Promise((resolve) => {
  held.wake = () => {
    held.poll?.stop();
    held.wake = undefined;
    nextTurn(resolve);
  };
  const onReadable = () => held.wake?.();
  if (held.poll !== null) poll(held, onReadable);
  if (held.poll === null) setTimeout(onReadable, Math.min(2 ** looks, LONGEST_LOOK_MS));
});
