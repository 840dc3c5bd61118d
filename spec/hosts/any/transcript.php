<?php
// SPDX-License-Identifier: MIT
// The conversation of spec/hosts/transcript/transcript.c, by bare calls through FFI.
require __DIR__ . "/declarations.php";

const KINDS = [1 => "text", 2 => "reasoning", 6 => "refusal"];
const FINISHES = ["none", "stop", "length", "tool_calls", "content_filter", "other"];
const TEXT = 1, TOOL = 3, DONE = 5;
const HTTP_STATUS = 2, RETRY_AFTER_MS = 4, PROMPT_TOKENS = 8, COMPLETION_TOKENS = 9, RETRYABLE = 11, FINISH = 18;
const TOOLS = [["type" => "function", "function" => ["name" => "get_weather", "description" => "Tells the weather.",
    "parameters" => ["type" => "object", "properties" => ["city" => ["type" => "string"]], "required" => ["city"]]]]];

function line(...$words) { echo str_replace("\n", "\\n", implode(" ", $words)), "\n"; }
function json($value) { return json_encode($value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE); }
function user($content) { return ["role" => "user", "content" => $content]; }

function send($body, $options = null)
{
    global $lib, $client;
    $text = json($body);
    return $lib->chatabi_client_send($client, $text, strlen($text), $options ? json($options) : null);
}

function fault($name) { return ["headers" => ["x-emulator-fault" => $name]]; }

function print_event($request, $event)
{
    global $lib;
    if ($event == TOOL) {
        $call = json_decode($lib->chatabi_request_json($request, null));
        return line("tool", $call->function->name, $call->function->arguments);
    }
    if (!isset(KINDS[$event])) return line("other");
    $text = $lib->chatabi_request_text($request, null);
    line(KINDS[$event], strlen($text), $text);
}

function print_end($request, $event)
{
    global $lib;
    $info = fn($what) => $lib->chatabi_request_info($request, $what);
    if ($event == DONE) return line("done", FINISHES[$info(FINISH)], $info(PROMPT_TOKENS), $info(COMPLETION_TOKENS));
    line("error", $lib->chatabi_error_name($event), $info(HTTP_STATUS), $info(RETRYABLE));
    line($lib->chatabi_request_message($request));
}

function print_all($request, $quiet = false)
{
    global $lib;
    while (($event = $lib->chatabi_request_next($request, 20000)) > 0 && $event != DONE)
        if (!$quiet) print_event($request, $event);
    must($event != 0, "an event in 20 s");
    print_end($request, $event);
}

function result($request)
{
    global $lib;
    return json_decode($lib->chatabi_request_result($request, null));
}

$client = $lib->chatabi_client_new();
$options = ["provider" => "vertex", "base_url" => getenv("TRANSCRIPT_URL"), "ca_file" => getenv("TRANSCRIPT_CA"),
    "auth_allow_hosts" => "127.0.0.1", "model" => "google/gemini-3-flash-preview", "max_retries" => "0"];
foreach ($options as $key => $value) must($lib->chatabi_client_set($client, $key, $value) == 0, $key);
must($lib->chatabi_client_set_auth($client, "file", getenv("TRANSCRIPT_CREDENTIALS")) == 0, "auth");

line("== stream");
$messages = [user("Grüße aus Zürich, 東京 und vom Strand 🌊")];
$thoughts = ["google" => ["thinking_config" => ["include_thoughts" => true]]];
$request = send(["messages" => $messages, "stream" => true, "extra_body" => $thoughts]);
print_all($request);
$messages[] = result($request)->choices[0]->message;

line("== tools");
$messages[] = user("The weather in Oslo and Rome, in parallel and in steps");
do {
    $request = send(["messages" => $messages, "stream" => true, "tools" => TOOLS]);
    print_all($request);
    $messages[] = $message = result($request)->choices[0]->message;
    foreach ($message->tool_calls ?? [] as $call)
        $messages[] = ["role" => "tool", "tool_call_id" => $call->id, "content" => $call->function->arguments];
} while (isset($message->tool_calls));

line("== whole");
$request = send(["messages" => [user("One, two")]]);
while ($lib->chatabi_request_next($request, 20000) != DONE);
line(result($request)->choices[0]->message->content);
print_end($request, DONE);

line("== embeddings");
$words = ["model" => "google/text-embedding-005", "input" => ["sea", "shore"], "dimensions" => 5];
$request = send($words, ["path" => "/embeddings"]);
while ($lib->chatabi_request_next($request, 20000) != DONE);
foreach (result($request)->data as $one) line(count($one->embedding));

line("== cut");
$request = send(["messages" => [user("One, two, three")], "stream" => true], fault("cut=4"));
print_all($request);
line("partial", result($request)->choices[0]->message->content);

line("== refused");
print_all(send(["messages" => [user("Hello")], "stream" => true, "model" => "google/no-such-model"]));
$request = send(["messages" => [user("Hello")]], fault("429=7"));
print_all($request, true);
line("retry after", $lib->chatabi_request_info($request, RETRY_AFTER_MS), "ms");

line("== cancelled");
$request = send(["messages" => [user("A long story")], "stream" => true], fault("long=500"));
while ($lib->chatabi_request_next($request, 20000) != TEXT);
$lib->chatabi_request_cancel($request);
line("error", $lib->chatabi_error_name($lib->chatabi_request_next($request, 0)));

line("== misspelt");
$other = $lib->chatabi_client_new();
line("error", $lib->chatabi_error_name($lib->chatabi_client_set($other, "projct", "my-project")));
line($lib->chatabi_client_message($other));
