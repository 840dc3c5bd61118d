# SPDX-License-Identifier: MIT
# The conversation of spec/hosts/transcript/transcript.c, by bare calls through FFI::Platypus.
use v5.36;
use utf8;
use FFI::Platypus 2.00;
use JSON::PP;

my %KINDS = (1 => "text", 2 => "reasoning", 6 => "refusal");
my @FINISHES = qw(none stop length tool_calls content_filter other);
my ($TEXT, $TOOL, $DONE) = (1, 3, 5);
my ($HTTP_STATUS, $RETRY_AFTER_MS, $PROMPT_TOKENS, $COMPLETION_TOKENS, $RETRYABLE, $FINISH) = (2, 4, 8, 9, 11, 18);
my $TOOLS = [{ type => "function", function => { name => "get_weather", description => "Tells the weather.",
  parameters => { type => "object", properties => { city => { type => "string" } }, required => ["city"] } } }];

my $ffi = FFI::Platypus->new(api => 2, lib => $ENV{CHATABI_LIBRARY});
$ffi->attach(chatabi_client_new => [] => "opaque");
$ffi->attach(chatabi_client_set => [qw(opaque string string)] => "int");
$ffi->attach(chatabi_client_set_auth => [qw(opaque string string)] => "int");
$ffi->attach(chatabi_client_message => ["opaque"] => "string");
$ffi->attach(chatabi_client_send => [qw(opaque string size_t string)] => "opaque");
$ffi->attach(chatabi_error_name => ["int"] => "string");
$ffi->attach(chatabi_request_next => [qw(opaque int)] => "int");
$ffi->attach("chatabi_request_$_" => [qw(opaque opaque)] => "string") for qw(text json result);
$ffi->attach(chatabi_request_message => ["opaque"] => "string");
$ffi->attach(chatabi_request_info => [qw(opaque int)] => "sint64");
$ffi->attach(chatabi_request_cancel => ["opaque"] => "void");

# What the library gives is bytes, and so is what is printed; only JSON is read and written as text.
my $json = JSON::PP->new->utf8->allow_bignum;
sub line (@words) { my $text = "@words"; $text =~ s/\n/\\n/g; say $text }
sub bytes ($text) { utf8::encode($text); $text }
sub user ($content) { { role => "user", content => $content } }
sub fault ($name) { { headers => { "x-emulator-fault" => $name } } }

my $client = chatabi_client_new();

sub request ($body, $options = undef) {
  my $text = $json->encode($body);
  chatabi_client_send($client, $text, length $text, $options && $json->encode($options));
}

sub result ($request) { $json->decode(chatabi_request_result($request, undef)) }
sub message ($request) { result($request)->{choices}[0]{message} }

sub print_event ($request, $event) {
  if ($event == $TOOL) {
    my $function = $json->decode(chatabi_request_json($request, undef))->{function};
    return line("tool", map { bytes($function->{$_}) } qw(name arguments));
  }
  return line("other") unless $KINDS{$event};
  my $text = chatabi_request_text($request, undef);
  line($KINDS{$event}, length $text, $text);
}

sub print_end ($request, $event) {
  my @info = map { chatabi_request_info($request, $_) } $FINISH, $PROMPT_TOKENS, $COMPLETION_TOKENS, $HTTP_STATUS, $RETRYABLE;
  return line("done", $FINISHES[$info[0]], @info[1, 2]) if $event == $DONE;
  line("error", chatabi_error_name($event), @info[3, 4]);
  line(chatabi_request_message($request));
}

sub print_all ($request) {
  my $event;
  while (($event = chatabi_request_next($request, 20000)) > 0 && $event != $DONE) { print_event($request, $event) }
  $event or die "no event for 20 s\n";
  print_end($request, $event);
}

sub skip_to ($request, $wanted) { 1 while chatabi_request_next($request, 20000) != $wanted }

my @options = (provider => "vertex", base_url => $ENV{TRANSCRIPT_URL}, ca_file => $ENV{TRANSCRIPT_CA},
  auth_allow_hosts => "127.0.0.1", model => "google/gemini-3-flash-preview", max_retries => "0");
while (my ($key, $value) = splice @options, 0, 2) { chatabi_client_set($client, $key, $value) == 0 or die "$key\n" }
chatabi_client_set_auth($client, "file", $ENV{TRANSCRIPT_CREDENTIALS}) == 0 or die "auth\n";

line("== stream");
my @messages = (user("Grüße aus Zürich, 東京 und vom Strand 🌊"));
my $thoughts = { google => { thinking_config => { include_thoughts => JSON::PP::true } } };
my $request = request({ messages => \@messages, stream => JSON::PP::true, extra_body => $thoughts });
print_all($request);
push @messages, message($request);

line("== tools");
push @messages, user("The weather in Oslo and Rome, in parallel and in steps");
my $message;
do {
  $request = request({ messages => \@messages, stream => JSON::PP::true, tools => $TOOLS });
  print_all($request);
  push @messages, $message = message($request);
  push @messages, map { { role => "tool", tool_call_id => $_->{id}, content => $_->{function}{arguments} } }
    @{ $message->{tool_calls} // [] };
} while ($message->{tool_calls});

line("== whole");
$request = request({ messages => [user("One, two")] });
skip_to($request, $DONE);
line(bytes(message($request)->{content}));
print_end($request, $DONE);

line("== embeddings");
$request = request({ model => "google/text-embedding-005", input => ["sea", "shore"], dimensions => 5 }, { path => "/embeddings" });
skip_to($request, $DONE);
line(scalar @{ $_->{embedding} }) for @{ result($request)->{data} };

line("== cut");
$request = request({ messages => [user("One, two, three")], stream => JSON::PP::true }, fault("cut=4"));
print_all($request);
line("partial", bytes(message($request)->{content}));

line("== refused");
print_all(request({ messages => [user("Hello")], stream => JSON::PP::true, model => "google/no-such-model" }));
$request = request({ messages => [user("Hello")] }, fault("429=7"));
print_all($request);
line("retry after", chatabi_request_info($request, $RETRY_AFTER_MS), "ms");

line("== cancelled");
$request = request({ messages => [user("A long story")], stream => JSON::PP::true }, fault("long=500"));
skip_to($request, $TEXT);
chatabi_request_cancel($request);
line("error", chatabi_error_name(chatabi_request_next($request, 0)));

line("== misspelt");
my $other = chatabi_client_new();
line("error", chatabi_error_name(chatabi_client_set($other, "projct", "my-project")));
line(chatabi_client_message($other));
