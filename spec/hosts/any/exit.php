<?php
// SPDX-License-Identifier: MIT
// A script that ends in the middle of a request, by bare calls through FFI.
require __DIR__ . "/declarations.php";

$scenario = $argv[1];
$path = ["handshake" => "/60/10", "stream" => "/1000000/0", "refresh" => ""][$scenario];
$options = ["base_url" => getenv("CHATABI_NET_URL") . $path, "ca_file" => getenv("CHATABI_NET_CA")];
$auth = ["none", null];
if ($scenario == "refresh") {
    $options += ["provider" => "vertex", "auth_allow_hosts" => "127.0.0.1"];
    $auth = ["file", getenv("CHATABI_NET_CREDENTIAL")];
}
$client = $lib->chatabi_client_new();
foreach ($options as $key => $value) must($lib->chatabi_client_set($client, $key, $value) == 0, $key);
must($lib->chatabi_client_set_auth($client, ...$auth) == 0, "auth");
$body = '{"model":"net","stream":true,"messages":[{"role":"user","content":"x"}]}';
$request = $lib->chatabi_client_send($client, $body, strlen($body), null);
if ($scenario == "stream") must($lib->chatabi_request_next($request, 8000) > 0, "an event");
usleep(1000 * (int)getenv("CHATABI_NET_DELAY_MS"));
