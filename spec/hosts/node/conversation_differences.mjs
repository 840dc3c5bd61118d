// SPDX-License-Identifier: MIT
// Where the library and npm openai tell the same conversation differently, and why the library's way is right. A row is for
// every case whose name `in` fits; see tableOf.
import { absent, any } from './conversation_sides.mjs';

const refused = 'the history that npm openai sends back is refused, for the reasons above';

// Gemini's API, streamed: calls without index.
const noIndex = /^[Gg]emini: .*tool.*, streamed$/;
const withoutIndex = [
  { in: noIndex, field: 'tool calls', ours: /^[12]$/, theirs: '0', why: 'calls without an index are calls; npm openai keeps them under the name "undefined"' },
  { in: noIndex, field: /^call 1 /, ours: any, theirs: absent, why: 'as above' },
  { in: /^[Gg]emini: parallel tools, streamed$/, field: /^call 2 /, ours: any, theirs: absent, why: 'as above' },
  { in: noIndex, field: 'finish_reason', ours: 'tool_calls', theirs: 'stop', why: 'the server says stop, but whoever reads that runs no tool' },
  { in: noIndex, field: 'turn', ours: 'taken', theirs: absent, why: 'nobody runs the tools, so the conversation ends' },
];

const google = /^(Vertex|Gemini): (too many requests|bad request|wrong key), /;

export const differences = [
  ...withoutIndex,
  { in: /: reasoning, streamed$/, field: 'reasoning', ours: /^(Let me think|The question)/, theirs: /^.{1,12}$/u,
    why: 'npm openai overwrites a field that it does not know, so only the last piece is left' },

  { in: /^(Vertex|Gemini): refusal, streamed$/, field: 'content', ours: '', theirs: absent, why: 'the server sent an empty text, and that is kept' },

  // ---- errors ----
  { in: google, field: 'error code', ours: /^4\d\d$/, theirs: absent, why: "Google's compatible endpoints put the error in an array, which npm openai does not open" },
  { in: google, field: 'error message', ours: /^\S/, theirs: absent, why: 'as above' },
  { in: /^Gemini: wrong key, /, field: 'error kind', ours: 'UNAUTHENTICATED', theirs: 'INVALID_REQUEST',
    why: 'the server answers 400, with reason API_KEY_INVALID: a new key helps, another body does not' },

  // ---- answers that break off ----
  { in: /: cut, streamed$/, field: 'error kind', ours: 'DISCONNECT', theirs: 'OpenAIError: terminated', why: 'a code of its own, that says it may be tried again' },
  { in: /^(?!aimock).*: cut, whole$/, field: 'error kind', ours: 'DISCONNECT', theirs: 'TypeError: terminated', why: 'as above; theirs is no error of the package at all' },
  { in: /: cut, streamed$|^(?!aimock).*: cut, whole$/, field: 'error status', ours: '200', theirs: absent, why: 'the answer had begun, and its status had come' },
];

const twoSlots = /^vertex_args: (one tool|tools one after the other), streamed$/;
const parallelArgs = /^vertex_args: parallel tools, streamed$/;

export const dialectDifferences = [
  ...withoutIndex,

  // ---- arguments streamed by Gemini, as Google's own page shows it: ids tell calls apart, indexes do not ----
  { in: twoSlots, field: 'tool calls', ours: '1', theirs: '2', why: 'the head of the call has another index than its arguments, but the same id' },
  { in: twoSlots, field: 'call 1 signature', ours: /^\S+$/, theirs: absent, why: 'as above: npm openai leaves the signature on a call without arguments' },
  { in: twoSlots, field: /^call 2 (id|type|name|arguments|signature)$/, ours: absent, theirs: any, why: 'as above' },
  { in: parallelArgs, field: 'call 1 id', ours: /0$/, theirs: /1$/, why: 'indexes 1, 0, 0, 1: npm openai mixes two calls; id and name of the first are lost' },
  { in: parallelArgs, field: 'call 1 name', ours: 'weather_of', theirs: 'time_in', why: 'as above' },
  { in: parallelArgs, field: 'call 1 signature', ours: /^\S+$/, theirs: absent, why: "as above: the first call's signature stands on the second" },
  { in: parallelArgs, field: 'call 2 signature', ours: absent, theirs: /^\S+$/, why: 'as above' },
  { in: /^(vertex_args|ollama): tools one.*streamed$/, field: 'turn', ours: 'taken', theirs: absent, why: refused },
  { in: /^vertex_args: .*tool.*streamed$/, field: 'error kind', ours: 'none', theirs: 'INVALID_REQUEST', why: refused },
  { in: /^vertex_args: .*tool.*streamed$/, field: 'error status', ours: absent, theirs: '400', why: refused },

  // ---- Ollama: every call has index 0, arguments are an object ----
  { in: /^ollama: (one tool|tools).*streamed$/, field: 'call 1 arguments', ours: /^\{"city"/, theirs: '[object Object]', why: 'an object is written as JSON' },
  { in: /^ollama: parallel.*streamed$/, field: 'call 1 arguments', ours: /^\{"city"/, theirs: '[object Object][object Object]', why: 'as above' },
  { in: /^ollama: parallel.*streamed$/, field: 'tool calls', ours: '2', theirs: '1', why: 'a new id with a name is a new call, whatever its index' },
  { in: /^ollama: parallel.*streamed$/, field: 'call 1 id', ours: /0$/, theirs: /1$/, why: 'as above' },
  { in: /^ollama: parallel.*streamed$/, field: 'call 1 name', ours: 'weather_of', theirs: 'time_in', why: 'as above' },
  { in: /^ollama: parallel.*streamed$/, field: /^call 2 (id|type|name|arguments)$/, ours: any, theirs: absent, why: 'as above' },
  { in: /^ollama: .*tool.*streamed$/, field: 'error kind', ours: 'none', theirs: 'INVALID_REQUEST', why: refused },
  { in: /^ollama: .*tool.*streamed$/, field: 'error status', ours: absent, theirs: '400', why: refused },
  { in: /^ollama: .*tool.*streamed$/, field: 'error type', ours: absent, theirs: 'invalid_request_error', why: refused },
  { in: /^ollama: .*tool.*streamed$/, field: 'error message', ours: absent, theirs: /^Expected a valid JSON object/, why: refused },

  // ---- LM Studio: a new id with every piece ----
  { in: /^lmstudio: .*tool.*streamed$/, field: 'call 1 id', ours: /^call_[0-9a-f]+$/, theirs: /^call_[0-9a-f]+-\d$/, why: "a call's id is the first one; the others come without a name" },
  { in: /^lmstudio: parallel.*streamed$/, field: 'call 2 id', ours: /^call_[0-9a-f]+$/, theirs: /^call_[0-9a-f]+-\d$/, why: 'as above' },

  // ---- proxies that cut the name, too ----
  { in: /^names: .*tool.*streamed$/, field: 'call 1 name', ours: 'weather_of', theirs: 'er_of', why: 'the second half of the name belongs to the first' },
  { in: /^names: parallel.*streamed$/, field: 'call 2 name', ours: 'time_in', theirs: 'e_in', why: 'as above' },
  { in: /^names: tools one.*streamed$/, field: 'call 1 name', ours: 'time_in', theirs: 'e_in', why: 'as above' },
  { in: /^names: tools one.*streamed$/, field: 'call 1 id', ours: any, theirs: any, why: 'another history, another id' },
  { in: /^names: .*tool.*streamed$/, field: /^(content|text as it came)$/, ours: /weather_of|time_in/, theirs: /er_of|e_in/, why: 'the answer repeats what the tool of that name said' },

  // ---- thoughts ----
  { in: /^(deepseek|openrouter): .*streamed$/, field: 'reasoning', ours: /^The question/, theirs: /^.{1,12}$/u,
    why: 'npm openai overwrites a field that it does not know, so only the last piece is left' },
  { in: /^(deepseek|openrouter|vertex_thoughts): tools one.*streamed$/, field: 'call 1 id', ours: any, theirs: any, why: 'another history, another id' },
  { in: /^vertex_thoughts: .*streamed$/, field: 'reasoning', ours: /^The question/, theirs: absent, why: 'chunks say which text is a thought (extra_content.google.thought)' },
  { in: /^vertex_thoughts: .*streamed$/, field: /^(content|text as it came)$/, ours: /^(\[emulator\]|\(absent\)$|$)/, theirs: /^The question/, why: 'as above' },
  { in: /^vertex_thoughts: .*tool.*streamed$/, field: 'usage', ours: any, theirs: any, why: 'a history with thoughts in it is longer' },
  { in: /^vertex_thoughts: tools one.*streamed$/, field: 'call 1 signature', ours: any, theirs: any, why: 'another call, another signature' },

  // ---- Mistral: content as a list of parts, calls without a type ----
  { in: /^mistral: .*streamed$/, field: 'content', ours: /^\[\{"type":"thinking"/, theirs: /^\[object Object\]/, why: 'parts are strung together by their kind' },
  { in: /^mistral: .*streamed$/, field: 'text as it came', ours: /^(\[emulator\]|$)/, theirs: /^\[\{"type":"thinking"/, why: 'thoughts are no text' },
  { in: /^mistral: .*streamed$/, field: 'reasoning', ours: /^The question/, theirs: absent, why: 'as above' },
  { in: /^mistral: .*tool.*streamed$/, field: /^call \d type$/, ours: 'function', theirs: absent, why: 'there is one type only' },
  { in: /^mistral: .*tool.*streamed$/, field: 'error kind', ours: 'none', theirs: /^OpenAIError: tool call snapshot missing/, why: 'as above: npm openai gives up' },
  { in: /^mistral: .*tool.*streamed$/, field: 'turn', ours: 'taken', theirs: absent, why: 'as above' },
  { in: /^mistral: parallel.*streamed$/, field: 'chunks', ours: any, theirs: any, why: 'as above' },
  { in: /^mistral: parallel.*streamed$/, field: /^(finish_reason|usage)$/, ours: /^(tool_calls|\{)/, theirs: absent, why: 'as above' },
];
