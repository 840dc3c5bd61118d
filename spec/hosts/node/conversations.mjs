// SPDX-License-Identifier: MIT
// The conversations that both clients hold. One: `name`; `asks`, what the user says, turn by turn; `tools`; `more` members of
// the body; `fault` of the emulator's; `wrongKey`; `mock`, how aimock answers, one for each of its answers; `options` of its
// fixtures; `least`, how many chunks a stream has.
import { require } from './modules.mjs';

const { LLMock } = require('@copilotkit/aimock');

const STORY = 'Im Föhn lag der See ganz still — “fast zu still” — 🌙 und 海 war ein fremdes Wort. ';
const usage = { prompt_tokens: 31, completion_tokens: 17, total_tokens: 48 };

const parameters = {
  type: 'object', required: ['city', 'unit'],
  properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'kelvin'] }, days: { type: 'integer' } },
};
const tool = (name) => ({ type: 'function', function: { name, description: `Knows the ${name}.`, parameters } });
const tools = [tool('weather_of'), tool('time_in')];
const call = (id, name, city) => ({ id, name, arguments: JSON.stringify({ city, unit: 'celsius', note: 'a "quoted" \\ word\n' }) });

const schema = {
  type: 'object', required: ['place', 'count', 'tags'],
  properties: { place: { type: 'string' }, count: { type: 'integer', minimum: 3 }, tags: { type: 'array', items: { type: 'string' }, minItems: 2 } },
};
const answer = { place: 'Zürich — 🌙', count: 3, tags: ['a', 'b'] };
const pixel = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

export const toolConversations = [
  {
    name: 'one tool', asks: ['What is the weather?'], tools,
    mock: [{ toolCalls: [call('call_one', 'weather_of', 'Zürich')], usage }, { content: STORY, usage }],
  },
  {
    name: 'parallel tools', asks: ['Weather and time in parallel, please.'], tools,
    mock: [{ toolCalls: [call('call_one', 'weather_of', 'Zürich'), call('call_two', 'time_in', '東京')], usage }, { content: STORY, usage }],
  },
  {
    name: 'tools one after the other', asks: ['Weather and then time, in steps.'], tools,
    mock: [
      { toolCalls: [call('call_one', 'weather_of', 'Zürich')], usage }, { toolCalls: [call('call_two', 'time_in', 'Zürich')], usage },
      { content: STORY, usage },
    ],
  },
];

export const thoughts = { name: 'thoughts', asks: ['Think about it first.'] };

export const conversations = [
  { name: 'text', asks: ['Tell me a text.', 'And what came then?'], mock: [{ content: STORY, usage }, { content: `Then: ${STORY}`, usage }] },
  ...toolConversations,
  {
    name: 'structured output', asks: ['Fill in the form.'],
    more: { response_format: { type: 'json_schema', json_schema: { name: 'form', schema } } }, mock: [{ content: JSON.stringify(answer), usage }],
  },
  {
    name: 'reasoning', asks: ['Think about it first.'], more: { reasoning_effort: 'low' },
    mock: [{ content: STORY, reasoning: `Let me think. ${STORY}`, usage }],
  },
  { name: 'refusal', asks: ['You will refuse this.'], mock: [{ content: 'I can not', finishReason: 'content_filter', usage }] },
  {
    name: 'image', asks: [[{ type: 'text', text: 'What is in the picture?' }, { type: 'image_url', image_url: { url: pixel } }]],
    mock: [{ content: STORY, usage }],
  },
  {
    name: 'long', asks: ['Tell me a long story.'], fault: 'long=12600,pace=0', mock: [{ content: STORY.repeat(150), usage }], options: { chunkSize: 5 },
    least: 2000,
  },
  {
    name: 'too many requests', asks: ['I ask too often.'], fault: '429=7',
    mock: [{ error: { message: 'Rate limit reached.', type: 'requests', code: 'rate_limit_exceeded' }, status: 429, retryAfter: 7 }],
  },
  {
    name: 'bad request', asks: [{ role: 'tool', tool_call_id: 'call_of_nobody', content: 'Nobody asked this tool.' }],
    mock: [{ error: { message: 'Nobody called this tool.', type: 'invalid_request_error', code: 'invalid_value' }, status: 400 }],
  },
  {
    name: 'wrong key', asks: ['Let me in.'], wrongKey: true,
    mock: [{ error: { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' }, status: 401 }],
  },
  { name: 'cut', asks: ['This will break off.'], fault: 'cut=6', mock: [{ content: STORY.repeat(9), usage }], options: { latency: 5, truncateAfterChunks: 6 } },
];

// ---- aimock ----

const textOf = ({ content }) => (Array.isArray(content) ? content[0].text : content);
const answersSoFar = (messages) => messages.filter(({ role }) => role === 'assistant').length;

// Wants a free port: port 0. The number of answers in the history says which one comes next.
export async function startMock() {
  const mock = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 7, logLevel: 'silent' });
  for (const { asks, mock: answers, options } of conversations)
    answers.forEach((response, turn) => {
      const predicate = ({ messages }) => textOf(messages[0]) === textOf({ content: asks[0].content ?? asks[0] }) && answersSoFar(messages) === turn;
      mock.addFixture({ match: { predicate }, response, ...options });
    });
  await mock.start();
  return mock;
}
