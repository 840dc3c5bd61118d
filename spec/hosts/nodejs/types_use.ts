// SPDX-License-Identifier: MIT
// All that the types have, as a strict program uses it; compiled, not run. What must not compile is marked.
import type { ChatCompletionCreateParams, ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { ChatabiError, Client, Stream, version } from 'chatabi';
import type { Answer, AnswerMessage, Auth, Body, ClientOptions, ErrorName, Fallback, Info, Message, RequestOptions, StreamEvent, ToolCall, Usage } from 'chatabi';

const auths: Auth[] = ['adc', ['file', '/key.json'], ['json', { type: 'service_account' }], ['metadata'], ['api_key', 'sk'], ['none']];
const fallback: Fallback[] = ['europe-west4', { location: 'us-central1', model: 'google/gemini-2.5-flash' }, { base_url: 'https://example.com/v1' }];
const options: ClientOptions = {
  project: 'p', model: 'm', fallback, headers: new Headers({ 'x-a': 'b' }), max_retries: 3, log_payloads: true, endpoint: 12345678901234567890n, http_version: '1.1',
};
const own: RequestOptions = { signal: AbortSignal.timeout(1), headers: { 'x-a': null }, path: '/x', method: 'DELETE', total_timeout_ms: 1 };

// @ts-expect-error no such option
new Client({ projct: 'p' });
// @ts-expect-error a number
new Client({ max_retries: 'many' });
// @ts-expect-error a file has a path
new Client({ auth: ['file'] });
// @ts-expect-error streams come from a client
new Stream();
// @ts-expect-error errors come from the library
new ChatabiError();

export async function everything(client: Client): Promise<string> {
  const messages: Message[] = [{ role: 'system', content: 'x' }, { role: 'user', content: [{ type: 'text', text: 'x' }] }];
  const body: Body = { messages, temperature: 0, seed: 9007199254740993n, extra_body: { google: {} } };
  const answers: Answer[] = [await client.chat('x'), await client.chat(messages, own), await client.chat(body)];
  const [answer] = answers as [Answer];
  const message: AnswerMessage = answer.message;
  messages.push(message);
  const calls: ToolCall[] = answer.tool_calls ?? [];
  for (const call of calls) messages.push({ role: 'tool', tool_call_id: call.id, content: call.function.arguments });
  const usage: Usage | undefined = answer.usage;
  const info: Info = answer.info;
  const kept: string = answer.text + answer.raw + (answer.reasoning ?? '') + (answer.refusal ?? '') + (answer.finish_reason ?? '') + String(answer);
  const { choices } = answer.completion;

  const stream = client.stream(body, own);
  for await (const event of stream) {
    if (event.type === 'tool') kept.concat(event.json.function.name);
    else kept.concat(event.text, event.raw, String(event.choice), JSON.stringify(event.json));
    // @ts-expect-error not a type of event
    if (event.type === 'done') break;
  }
  const next: IteratorResult<StreamEvent, undefined> = await stream.next();
  if (!next.done) next.value.type satisfies 'text' | 'reasoning' | 'refusal' | 'tool' | 'other';
  await stream.return();
  const web: ReadableStream<StreamEvent> = ReadableStream.from(stream);
  const last: ChatabiError | undefined = stream.error;
  stream.state satisfies string;
  stream.header('x-request-id') satisfies string | undefined;
  stream.info satisfies Info;
  stream.cancel();
  stream.close();
  (await stream.result()) satisfies Answer;

  client.start();
  client.setToken('ya29');
  const lines: string[] = client.log();
  const auth = client.status()['auth'];
  const { data } = await client.request('/embeddings', { input: 'x' }, own);
  await client.request('/models', undefined, 'GET');
  const ended: boolean = await client.stop(1000);
  client.close();
  return [version(), auths, options, usage, info, kept, choices, web, last, lines, auth, data, ended].join();
}

export function told(error: unknown): boolean {
  if (!(error instanceof ChatabiError)) return false;
  const name: ErrorName = error.name;
  const numbers: (number | undefined)[] = [error.code, error.http_status, error.retry_after_ms, error.info?.attempts];
  const texts: (string | undefined)[] = [error.message, error.param, error.request_id, error.hint, error.details.quota, error.details.auth?.stage, error.partial?.text];
  return error.retryable ?? (name === 'RATE_LIMIT' && error.provider_code !== undefined && numbers.length + texts.length > 0);
}

// Programs that have npm openai's types can keep them.
export async function withOpenAI(client: Client, body: ChatCompletionCreateParams, messages: ChatCompletionMessageParam[]): Promise<void> {
  await client.chat(body);
  await client.chat(messages);
  for await (const event of client.stream(body)) event.text satisfies string;
}
