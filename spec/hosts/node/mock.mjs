// SPDX-License-Identifier: MIT
// npm @copilotkit/aimock with the answers that the judges ask for.
import { require } from './modules.mjs';

const { LLMock } = require('@copilotkit/aimock');

const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
export const ANSWER = 'The sea was quiet — “très calme” — 🌙 and nobody asked why. 海は静かだった。';

// Arguments as text: given as objects to this interface, they are lost when streamed.
const fixtures = [
  { match: { userMessage: 'parallel' }, response: { toolCalls: [
    { id: 'call_one', name: 'get_weather', arguments: JSON.stringify({ city: 'Zürich' }) },
    { id: 'call_two', name: 'get_time', arguments: JSON.stringify({ zone: 'Europe/Zurich', note: 'a "quoted" \\ word' }) },
  ] } },
  { match: { userMessage: 'weather' }, response: { toolCalls: [{ id: 'call_one', name: 'get_weather', arguments: JSON.stringify({ city: 'Zürich' }) }] } },
  { match: { userMessage: 'length' }, response: { content: 'Cut off in the mid', finishReason: 'length' } },
  { match: { userMessage: 'filter' }, response: { content: 'Not this', finishReason: 'content_filter' } },
  { match: { userMessage: 'usage' }, response: { content: ANSWER, usage } },
  { match: { userMessage: 'text' }, response: { content: ANSWER } },
  { match: { userMessage: 'key' }, response: { error: { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' }, status: 401 } },
  { match: { userMessage: 'limit' }, response: { error: { message: 'Rate limit reached.', type: 'requests', code: 'rate_limit_exceeded' }, status: 429, retryAfter: 7 } },
  { match: { userMessage: 'broken' }, response: { error: { message: 'The server had an error.', type: 'server_error' }, status: 500 } },
  { match: { userMessage: 'cut' }, response: { content: ANSWER.repeat(20) }, latency: 10, truncateAfterChunks: 6 },
  { match: { userMessage: 'slow' }, response: { content: ANSWER }, latency: 20 },
];

// Wants a free port: port 0.
export async function startMock() {
  const mock = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 7, logLevel: 'silent' });
  for (const fixture of fixtures) mock.addFixture(fixture);
  await mock.start();
  return mock;
}

export const ask = (content, more = {}) => ({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }], ...more });

const tool = (name, ...names) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: Object.fromEntries(names.map((one) => [one, { type: 'string' }])), required: names } },
});
export const TOOLS = [tool('get_weather', 'city'), tool('get_time', 'zone', 'note')];
