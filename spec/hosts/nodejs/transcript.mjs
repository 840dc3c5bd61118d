// SPDX-License-Identifier: MIT
// The conversation of spec/hosts/transcript/transcript.c, held and printed by Node.
import { ChatabiError, Client } from 'chatabi';

const { TRANSCRIPT_URL: base_url, TRANSCRIPT_CA: ca_file, TRANSCRIPT_CREDENTIALS: credentials } = process.env;
const tools = [{
  type: 'function',
  function: {
    name: 'get_weather', description: 'Tells the weather.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}];
const extra_body = { google: { thinking_config: { include_thoughts: true } } };
const say = (line) => console.log(line);
const oneLine = (text) => text.replaceAll('\n', '\\n');
const fault = (name) => ({ headers: { 'x-emulator-fault': name } });

function showEvent({ type, text, json }) {
  if (type === 'tool') say(`tool ${json.function.name} ${json.function.arguments}`);
  else say(type === 'other' ? type : `${type} ${Buffer.byteLength(text)} ${oneLine(text)}`);
}

const showDone = ({ info }) => say(`done ${info.finish ?? 'none'} ${info.prompt_tokens} ${info.completion_tokens}`);

function showError(error) {
  if (!(error instanceof ChatabiError)) throw error;
  say(`error ${error.name} ${error.info.http_status ?? -1} ${Number(error.retryable)}\n${oneLine(error.message)}`);
  return error;
}

async function show(stream) {
  for await (const event of stream) showEvent(event);
  const answer = await stream.result();
  showDone(answer);
  return answer;
}

const client = new Client({
  provider: 'vertex', base_url, ca_file, auth: ['file', credentials], auth_allow_hosts: '127.0.0.1', model: 'google/gemini-3-flash-preview',
  max_retries: 0,
});

say('== stream');
const messages = [{ role: 'user', content: 'Grüße aus Zürich, 東京 und vom Strand 🌊' }];
messages.push((await show(client.stream({ messages, extra_body }))).message);

say('== tools');
messages.push({ role: 'user', content: 'The weather in Oslo and Rome, in parallel and in steps' });
for (let answer; !answer || answer.info.finish === 'tool_calls'; ) {
  answer = await show(client.stream({ messages, tools }));
  messages.push(answer.message);
  for (const { id, function: wish } of answer.tool_calls ?? []) messages.push({ role: 'tool', content: wish.arguments, tool_call_id: id });
}

say('== whole');
const whole = await client.chat('One, two');
say(oneLine(whole.text));
showDone(whole);

say('== embeddings');
const { data } = await client.request('/embeddings', { model: 'google/text-embedding-005', input: ['sea', 'shore'], dimensions: 5 });
for (const { embedding } of data) say(embedding.length);

say('== cut');
const cut = await show(client.stream('One, two, three', fault('cut=4'))).catch(showError);
say(`partial ${oneLine(cut.partial.message.content)}`);

say('== refused');
await show(client.stream({ model: 'google/no-such-model', messages: [{ role: 'user', content: 'Hello' }] })).catch(showError);
const refused = await client.chat('Hello', fault('429=7')).catch(showError);
say(`retry after ${refused.retry_after_ms} ms`);

say('== cancelled');
const story = client.stream('A long story', fault('long=500'));
try {
  for await (const { type } of story) if (type === 'text') story.cancel();
} catch (error) {
  say(`error ${error.name}`);
}

say('== misspelt');
try {
  new Client({ projct: 'my-project' });
} catch (error) {
  say(`error ${error.name}\n${error.message}`);
}
