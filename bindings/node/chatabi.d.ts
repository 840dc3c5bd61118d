// SPDX-License-Identifier: MIT
// The types of chatabi.mjs. Options, fields of bodies, error names and numbers have the library's own names: core/OPTIONS.md and
// core/include/chatabi.h say more about each.

/** "chatabi/0.1.0 (libcurl/... OpenSSL/... ...)": the library, libcurl and its TLS library as in use. */
export function version(): string;

// ---- options ----

/** Where credentials come from: a source, or a source and its value. */
export type Auth =
  | 'adc' | 'metadata' | 'gcloud' | 'none'
  | readonly ['adc' | 'none']
  | readonly ['metadata' | 'gcloud', email?: string]
  | readonly ['file' | 'token' | 'api_key', value: string]
  | readonly ['json', value: string | object];

/** A location, a base URL, or both said as an object. */
export type Fallback = string | { location: string; model?: string } | { base_url: string; model?: string };

/** Times are in milliseconds. */
export interface ClientOptions {
  auth?: Auth;
  provider?: 'vertex' | 'openai' | 'gemini' | 'compatible';
  project?: string;
  location?: string;
  endpoint?: string | number | bigint;
  base_url?: string;
  api_version?: string;
  model?: string;
  quota_project?: string;
  universe_domain?: string;
  headers?: Record<string, string> | Iterable<readonly [string, string]>;
  fallback?: readonly Fallback[];
  dialect?: 'auto' | 'off' | 'vertex' | 'model_garden' | 'gemini' | 'openai' | 'compatible';
  think_tag?: string;
  connect_timeout_ms?: number;
  first_byte_timeout_ms?: number;
  idle_timeout_ms?: number;
  total_timeout_ms?: number;
  max_stream_ms?: number;
  max_retries?: number;
  max_retry_wait_ms?: number;
  max_in_flight?: number;
  max_queued?: number;
  queue_events?: number;
  queue_bytes?: number;
  max_response_bytes?: number;
  max_events?: number;
  token_budget?: number;
  proxy?: string;
  no_proxy?: string;
  ca_file?: string;
  client_cert?: string;
  client_key?: string;
  http_version?: 'auto' | '1.1' | '2';
  user_agent?: string;
  auth_allow_hosts?: string;
  auth_allow_external?: boolean | 'yes' | 'no';
  record?: string;
  replay?: string;
  replay_timing?: 'none' | 'recorded';
  log_level?: 'off' | 'error' | 'warn' | 'info' | 'debug';
  log_payloads?: boolean | 'yes' | 'no';
  log_telemetry?: boolean | 'yes' | 'no';
}

/** Options of one request. */
export interface RequestOptions {
  /** Ends the request; the signal's reason is thrown, as by fetch. */
  signal?: AbortSignal | undefined;
  /** "/chat/completions" by default. */
  path?: string;
  method?: 'POST' | 'GET' | 'DELETE';
  /** As fetch takes them; null removes one. */
  headers?: Record<string, string | null> | Iterable<readonly [string, string | null]>;
  connect_timeout_ms?: number;
  first_byte_timeout_ms?: number;
  idle_timeout_ms?: number;
  total_timeout_ms?: number;
  max_retries?: number;
}

// ---- what is sent and what comes ----

export interface ToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
  [field: string]: any;
}

/** A message as OpenAI documents it, with whatever else a server knows. */
export interface Message {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool' | (string & {});
  content?: string | readonly any[] | null;
  tool_calls?: readonly any[] | undefined;
  tool_call_id?: string;
  [field: string]: any;
}

/** What POST .../chat/completions takes. BigInts are sent with all their digits. */
export interface Body {
  messages?: readonly Message[];
  model?: string;
  [field: string]: any;
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens?: number;
  total_tokens: number;
  [field: string]: any;
}

export interface AnswerMessage {
  role: 'assistant';
  content?: string | any[] | null;
  refusal?: string | null;
  tool_calls?: ToolCall[];
  [field: string]: any;
}

export interface ChatCompletion {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: { index: number; message: AnswerMessage; finish_reason: string | null; [field: string]: any }[];
  usage?: Usage;
  [field: string]: any;
}

/** Numbers about a request; what is not known (yet) is not there. */
export interface Info {
  id?: number;
  http_status?: number;
  attempts?: number;
  retry_after_ms?: number;
  first_byte_ms?: number;
  first_text_ms?: number;
  total_ms?: number;
  prompt_tokens?: number;
  completion_tokens?: number;
  total_tokens?: number;
  retryable?: boolean;
  choice?: number;
  /** 10, 11, 20, 30 */
  http_version?: number;
  bytes?: number;
  output_tokens?: number;
  reasoning_tokens?: number;
  cached_tokens?: number;
  finish?: 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'other';
  /** Where the last attempt went: 0 as configured, 1 the first fallback ... */
  place?: number;
}

/** The whole answer, the same whether it was streamed or not. */
export interface Answer {
  /** All of it, as OpenAI documents it. */
  readonly completion: ChatCompletion;
  /** The first choice's message, which can be sent back as it is. After an error it may not be there. */
  readonly message: AnswerMessage;
  readonly text: string;
  readonly reasoning?: string;
  readonly refusal?: string;
  readonly tool_calls?: ToolCall[];
  readonly finish_reason?: string;
  readonly usage?: Usage;
  readonly info: Info;
  /** The JSON text that `completion` was read from: integers beyond 2^53 have all their digits there. */
  readonly raw: string;
  /** `text` */
  toString(): string;
}

interface EventFields {
  /** The choice that it belongs to (bodies with n > 1). */
  readonly choice: number;
  /** JSON text: the server's chunk, "" for the second event that was made of one; of a tool call the whole call. */
  readonly raw: string;
}

export interface TextEvent extends EventFields {
  readonly type: 'text' | 'reasoning' | 'refusal';
  readonly text: string;
  readonly json?: any;
}

export interface ToolEvent extends EventFields {
  readonly type: 'tool';
  /** The function's name. */
  readonly text: string;
  /** The call, assembled whole. */
  readonly json: ToolCall;
}

/** A role, a piece of a tool call, usage, and whatever there will be. */
export interface OtherEvent extends EventFields {
  readonly type: 'other';
  readonly text: string;
  readonly json?: any;
}

export type StreamEvent = TextEvent | ToolEvent | OtherEvent;

// ---- errors ----

export type ErrorName =
  | 'NOMEM' | 'ARG' | 'CONFIG' | 'STATE' | 'FORKED' | 'JSON' | 'UNSUPPORTED' | 'BODY' | 'REPLAY' | 'AUTH_SOURCE' | 'AUTH_EXCHANGE' | 'AUTH_HOST'
  | 'DNS' | 'CONNECT' | 'TLS' | 'TIMEOUT' | 'DISCONNECT' | 'INVALID_REQUEST' | 'UNAUTHENTICATED' | 'PERMISSION' | 'NOT_FOUND' | 'RATE_LIMIT'
  | 'SERVER' | 'BLOCKED' | 'PROTOCOL' | 'TOO_LARGE' | 'TRUNCATED' | 'TOO_MANY' | 'TOO_LONG' | 'BUSY' | 'BUDGET' | 'CANCELLED' | 'CLOSED' | 'INTERNAL'
  | 'UNKNOWN';

export interface ErrorDetails {
  code?: number;
  name?: ErrorName;
  message?: string;
  http_status?: number;
  provider_code?: string | number;
  provider_status?: string;
  provider_type?: string;
  provider_reason?: string;
  provider_message?: string;
  param?: string;
  quota?: string;
  limit?: string;
  retryable?: boolean;
  retry_after_ms?: number;
  request_id?: string;
  auth?: { stage?: string; http_status?: number; error?: string; error_subtype?: string; reason?: string; transient?: boolean; hint?: string };
  hint?: string;
  body?: string;
  [field: string]: any;
}

/** What went wrong; `message` says what to do about it. */
export class ChatabiError extends Error {
  private constructor();
  name: ErrorName;
  readonly code: number;
  readonly http_status?: number;
  readonly provider_code?: string | number;
  readonly param?: string;
  /** Sending again may help. */
  readonly retryable?: boolean;
  readonly retry_after_ms?: number;
  readonly request_id?: string;
  readonly hint?: string;
  /** All that is known. */
  readonly details: ErrorDetails;
  /** What had come of the answer. */
  readonly partial?: Answer;
  /** Numbers about the request, where there was one. */
  readonly info?: Info;
}

// ---- client and stream ----

export class Client {
  /** Throws ChatabiError "CONFIG" for an option that does not exist or a value that it does not take. */
  constructor(options?: ClientOptions);
  /** The whole answer. `body`: one user message, a list of messages, or all of it with OpenAI's field names. */
  chat(body: string | readonly Message[] | Body, options?: RequestOptions): Promise<Answer>;
  stream(body: string | readonly Message[] | Body, options?: RequestOptions): Stream;
  /** Any other path, such as "/embeddings" or "/models": what the server sent. Without a body: GET. A text is sent as it is. */
  request(path: string, body?: object | string, options?: RequestOptions | 'POST' | 'GET' | 'DELETE'): Promise<any>;
  /** Optional: fetches the credential and opens the connection ahead of the first request. Does not wait. */
  start(): void;
  /** Another access token, for clients of auth ["token", ...]; the next attempt of any request uses it. */
  setToken(token: string): void;
  /** Credential type, project, endpoint, the token's end, counters; no secrets. */
  status(): Record<string, any>;
  /** The lines that were logged since the last call. */
  log(): string[];
  /** Cancels all requests and waits for the end of connections: true, or false when it takes longer. */
  stop(timeout_ms?: number): Promise<boolean>;
  /** Never waits; requests under way end with the error "CLOSED". */
  close(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The events of one answer. To leave the loop early ends the request. */
export class Stream implements AsyncIterableIterator<StreamEvent> {
  private constructor();
  next(): Promise<IteratorResult<StreamEvent, undefined>>;
  return(value?: any): Promise<IteratorResult<StreamEvent, any>>;
  [Symbol.asyncIterator](): this;
  /** Reads what is left, which a loop beside it then misses. The whole answer; rejects with what ended it before. */
  result(): Promise<Answer>;
  /** Ends the request: who reads gets the error "CANCELLED". */
  cancel(): void;
  /** Ends the request: who reads is at the end. */
  close(): void;
  /** What ended it, also when it was a signal, whose reason is thrown instead. */
  readonly error: ChatabiError | undefined;
  readonly info: Info;
  readonly state: 'queued' | 'auth' | 'connecting' | 'waiting' | 'streaming' | 'retrying' | 'done' | 'failed';
  /** A header of the server's answer, from the first event on and until the end. */
  header(name: string): string | undefined;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}
