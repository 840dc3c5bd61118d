// SPDX-License-Identifier: MIT
// The library: where it is found, and its functions.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';

const ABI_VERSION = 1;
const FILES = {
  darwin: ['libchatabi.1.dylib', 'libchatabi.dylib'],
  win32: ['chatabi.dll', 'libchatabi.dll'],
}[process.platform] ?? ['libchatabi.so.1', 'libchatabi.so'];

const addressOf = (path, name) => koffi.address(koffi.load(path).symbol(name, 'void *'));

// Not malloc: of that Node itself has an address.
function isAllocatorReplaced() {
  try {
    return addressOf(null, 'memalign') !== addressOf('libc.so.6', 'memalign');
  } catch {
    return false; // another libc
  }
}

// Node exports an OpenSSL of its own, which the library's libcurl would be bound to: RTLD_DEEPBIND gives it the system's. But libc's malloc and
// free as well, and where those are replaced (LD_PRELOAD=libjemalloc.so.2) it would free what the others have made: then rather Node's OpenSSL.
const deep = process.platform === 'linux' && !isAllocatorReplaced();
const load = (path) => koffi.load(path, deep ? { deep } : {});

function findLibrary() {
  if (process.env.CHATABI_LIBRARY) return load(process.env.CHATABI_LIBRARY);
  const beside = FILES.map((name) => fileURLToPath(new URL(name, import.meta.url))).find((path) => existsSync(path));
  if (beside) return load(beside);
  const failures = [];
  for (const name of FILES) {
    try {
      return load(name);
    } catch (error) {
      failures.push(error.message);
    }
  }
  throw new Error(
    `chatabi: ${FILES[0]} is neither beside ${import.meta.url} nor where the system looks for libraries. Install the library, or set ` +
      `CHATABI_LIBRARY to its path. (${failures[0]})`);
}

const library = findLibrary();
const declare = (result, name, ...types) => library.func(`chatabi_${name}`, result, types);

function checkVersion() {
  let version = 'none';
  try {
    version = declare('unsigned int', 'abi_version')();
  } catch {
    // another library of that name
  }
  if (version === ABI_VERSION) return;
  throw new Error(
    `chatabi: this binding is for version ${ABI_VERSION} of the library's ABI, and the library that was found has ${version}. Install the ` +
      'binding that came with the library, or set CHATABI_LIBRARY to the path of another one.');
}
checkVersion();

// A text with its length: characters NUL are part of it.
function declareText(name) {
  const length = new BigUint64Array(1);
  const asText = declare('str', name, 'void *', 'void *');
  const asPointer = declare('void *', name, 'void *', 'void *');
  return (handle) => {
    const text = asText(handle, length);
    const bytes = Number(length[0]);
    if (text === null || text.length === bytes || Buffer.byteLength(text) === bytes) return text;
    return Buffer.from(koffi.view(asPointer(handle, length), bytes)).toString();
  };
}

export const libraryVersion = declare('str', 'version');
export const errorName = declare('str', 'error_name', 'int');
export const errorText = declare('str', 'error_text', 'int');
export const clientNew = declare('void *', 'client_new');
export const clientSet = declare('int', 'client_set', 'void *', 'str', 'str');
export const clientSetAuth = declare('int', 'client_set_auth', 'void *', 'str', 'str');
export const clientMessage = declare('str', 'client_message', 'void *');
export const clientStart = declare('int', 'client_start', 'void *');
export const clientSend = declare('void *', 'client_send', 'void *', 'const uint8_t *', 'size_t', 'str');
export const clientLog = declare('str', 'client_log', 'void *');
export const clientStatus = declare('str', 'client_status', 'void *');
export const clientStop = declare('int', 'client_stop', 'void *', 'int');
export const clientFree = declare('void', 'client_free', 'void *');
export const requestNext = declare('int', 'request_next', 'void *', 'int');
export const requestText = declareText('request_text');
export const requestJson = declareText('request_json');
export const requestResult = declareText('request_result');
export const requestMessage = declare('str', 'request_message', 'void *');
export const requestErrorJson = declare('str', 'request_error_json', 'void *');
export const requestState = declare('int', 'request_state', 'void *');
export const requestInfo = declare('int64_t', 'request_info', 'void *', 'int');
export const requestHeader = declare('str', 'request_header', 'void *', 'str');
export const requestFd = declare('int', 'request_fd', 'void *');
export const requestCancel = declare('void', 'request_cancel', 'void *');
export const requestFree = declare('void', 'request_free', 'void *');
