# SPDX-License-Identifier: MIT
# A script that ends in the middle of a request, by bare calls through FFI::Platypus.
use v5.36;
use FFI::Platypus 2.00;
use Time::HiRes qw(sleep);

my $ffi = FFI::Platypus->new(api => 2, lib => $ENV{CHATABI_LIBRARY});
$ffi->attach(chatabi_client_new => [] => "opaque");
$ffi->attach(chatabi_client_set => [qw(opaque string string)] => "int");
$ffi->attach(chatabi_client_set_auth => [qw(opaque string string)] => "int");
$ffi->attach(chatabi_client_send => [qw(opaque string size_t string)] => "opaque");
$ffi->attach(chatabi_request_next => [qw(opaque int)] => "int");

my $scenario = $ARGV[0];
my %path = (handshake => "/60/10", stream => "/1000000/0", refresh => "");
my %options = (base_url => $ENV{CHATABI_NET_URL} . $path{$scenario}, ca_file => $ENV{CHATABI_NET_CA});
my @auth = ("none", undef);
if ($scenario eq "refresh") {
  %options = (%options, provider => "vertex", auth_allow_hosts => "127.0.0.1");
  @auth = ("file", $ENV{CHATABI_NET_CREDENTIAL});
}
my $client = chatabi_client_new();
for my $key (sort keys %options) { chatabi_client_set($client, $key, $options{$key}) == 0 or die "$key\n" }
chatabi_client_set_auth($client, @auth) == 0 or die "auth\n";
my $body = '{"model":"net","stream":true,"messages":[{"role":"user","content":"x"}]}';
my $request = chatabi_client_send($client, $body, length $body, undef);
if ($scenario eq "stream") { chatabi_request_next($request, 8000) > 0 or die "no event\n" }
sleep $ENV{CHATABI_NET_DELAY_MS} / 1000;
