// SPDX-License-Identifier: MIT
// chatabi and google-auth-library get the same credential; what they send to the token services must be the same, but for
// what this table says. An entry that no longer occurs fails as well.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeCases } from './differential_cases.mjs';
import { absent, compare } from './differential_compare.mjs';
import { startRecorder } from './differential_recorder.mjs';
import { ours, theirs } from './differential_sides.mjs';
import { stopAll } from './servers.mjs';

const posts = ['oauth', 'oauthtoken', 'sts'];
const services = [...posts, 'iam', 'gdch'];
const imds = ['imds session', 'imds region', 'imds role', 'imds keys'];
const any = /./;
const users = /^(?!.*service.account)/; // the refresh token's grant
const accounts = /service.account/; // the grant for what they sign
const acting = /^(impersonated(?!.*delegates)|.*after a user)/; // type impersonated_service_account
const certificate = /^external_account, certificate/;
const twice = /aws, IMDSv2; |IMDS keys, 404/;

// In the cases whose names match `in`, each request of those kinds that both sides send has this difference.
const differences = [
  // ---- headers that say who asks ----
  { in: any, request: [...services, ...imds, 'subject', 'metadata token'], field: 'header user-agent',
    ours: absent, theirs: /^(google-api-nodejs-client\/10\.9\.1|node-fetch)$/, why: 'no service wants one' },
  { in: /^(?!external_account, certificate)/, request: ['oauth', 'oauthtoken', 'iam', 'gdch', ...imds, 'subject'], field: 'x-goog-api-client gl-',
    ours: absent, theirs: /^gl-node\//, why: 'Google asks for it at STS; AWS and identity providers need not know it' },
  { in: any, request: ['sts'], field: 'x-goog-api-client gl-', ours: /^gl-c\//, theirs: /^gl-node\//, why: 'the language' },
  { in: any, request: ['sts'], field: 'x-goog-api-client auth', ours: /^\d+\.\d+\.\d+$/, theirs: '10.9.1', why: 'the version' },
  { in: certificate, request: ['sts'], field: 'x-goog-api-client source', ours: 'x509', theirs: 'certificate',
    why: "what Google's other libraries say" },

  // ---- headers about the body ----
  { in: any, request: posts, field: 'header content-type',
    ours: 'application/x-www-form-urlencoded', theirs: 'application/x-www-form-urlencoded;charset=UTF-8',
    why: 'the type has no such parameter; every byte that is not ASCII is percent-encoded' },
  { in: users, request: ['oauth'], field: 'header accept', ours: 'application/json', theirs: '*/*', why: 'JSON is what is read' },
  { in: acting, request: ['iam'], field: 'header accept', ours: 'application/json', theirs: '*/*', why: 'JSON is what is read' },
  { in: /delegates$/, request: ['iam'], field: 'header accept', ours: 'application/json', theirs: '*/*', why: 'JSON is what is read' },
  { in: any, request: ['imds keys'], field: 'header accept', ours: '*/*', theirs: 'application/json', why: 'the service has one form only' },
  { in: /url, json/, request: ['subject'], field: 'header accept', ours: '*/*', theirs: 'application/json',
    why: 'only the headers that the file names: the server is foreign' },
  { in: users, request: ['oauth'], field: 'order of members', ours: any, theirs: any, why: 'a form has no order' },
  { in: any, request: ['sts', 'gdch'], field: 'order of members', ours: any, theirs: any, why: 'neither a form nor a JSON object has an order' },
  { in: acting, request: ['iam'], field: 'order of members', ours: 'scope lifetime', theirs: 'delegates scope lifetime', why: 'see delegates' },

  // ---- tokens that the account signs ----
  { in: accounts, request: ['oauth'], field: 'assertion header typ', ours: 'JWT', theirs: absent, why: "Google's description of the grant has it" },
  { in: accounts, request: ['oauth'], field: 'assertion header kid', ours: 'key-1', theirs: absent,
    why: "the server need not try all of the account's keys; Google's description has it" },
  { in: accounts, request: ['oauth'], field: 'assertion claim iat', ours: '10 s ago', theirs: 'now',
    why: 'a server whose clock is behind refuses a claim from its future; exp follows it' },
  { in: any, request: ['gdch'], field: 'subject_token claim iat', ours: '10 s ago', theirs: 'now', why: 'as above' },
  { in: any, request: ['chat, self-signed'], field: 'bearer claim iat', ours: '10 s ago', theirs: 'now', why: 'as above' },
  { in: /^service_account, granted|service account, invalid_grant/, request: ['chat, self-signed'], field: 'request', ours: 'sent', theirs: absent,
    why: 'the self-signed token is tried first (AIP-4111), and was refused here' },
  { in: /source service_account/, request: ['iam, self-signed'], field: 'request', ours: 'sent', theirs: absent,
    why: 'the source signs its token itself (AIP-4111): no grant is needed' },
  { in: /source service_account, self-signed/, request: ['oauth', 'iam'], field: 'request', ours: absent, theirs: 'sent', why: 'as above' },

  // ---- IAM ----
  { in: acting, request: ['iam'], field: 'delegates', ours: absent, theirs: '[]', why: 'none is none' },
  { in: /bare delegates/, request: ['iam'], field: 'delegates', ours: /^\["projects\/-\/serviceAccounts\/a@/, theirs: /^\["a@/,
    why: 'IAM takes full names only' },
  { in: /regional host/, request: ['iam'], field: 'url',
    ours: /^https:\/\/iamcredentials\.us-east1\.rep\./, theirs: /^https:\/\/iamcredentials\.googleapis\.com/,
    why: "the file says which host; it is one of Google's" },

  // ---- what a renewal begins with ----
  { in: /^authorized_user, renewed, rotated/, request: ['oauth'], field: 'refresh_token', ours: '1//rotated-1', theirs: /^1\/\/0g/,
    why: 'the server may void the old one when it gives a new one' },
  { in: /source authorized_user, renewed|503.*IAM after a user/, request: ['oauth'], field: 'request', ours: 'sent', theirs: absent,
    why: "the source's token is not kept: it may be what was refused" },
  { in: /source authorized_user, renewed|503.*IAM after a user/, request: ['iam'], field: 'authorization value',
    ours: 'ya29.oauth-2', theirs: 'ya29.oauth-1', why: 'as above' },
  { in: /503.*IAM after STS/, request: ['sts'], field: 'request', ours: 'sent', theirs: absent, why: 'the federated token is not kept' },
  { in: /503.*IAM after STS/, request: ['iam'], field: 'authorization value', ours: 'ya29.sts-2', theirs: 'ya29.sts-1', why: 'as above' },

  // ---- subject tokens ----
  { in: /text with a line end/, request: ['sts'], field: 'subject_token', ours: 'subject/token', theirs: 'subject/token\n',
    why: 'editors and echo add it, and no token has one' },
  { in: certificate, request: ['chat'], field: 'client certificate', ours: absent, theirs: /^[0-9A-F:]{95}$/,
    why: 'the certificate is for STS and IAM; option client_cert is there for the rest' },
  { in: twice, request: ['imds session'], field: 'request', ours: absent, theirs: 'sent', why: 'one session is good for all questions' },
  { in: twice, request: ['imds role', 'imds keys'], field: 'header x-aws-ec2-metadata-token', ours: /^session-[12]==$/, theirs: /^session-[23]==$/,
    why: 'as above' },
  { in: /aws, ECS/, request: ['ecs keys'], field: 'request', ours: 'sent', theirs: absent,
    why: 'the other side knows no containers and got the same keys in its environment' },
  { in: /^external_account, aws|IMDS/, request: ['sts'], field: 'subject_token signed headers',
    ours: /;x-goog-cloud-target-resource$/, theirs: /^host;x-amz-date(;x-amz-security-token)?$/,
    why: 'nobody can use the token for another audience (the sample in AIP-4117 and the library for Go sign it)' },
  { in: /^external_account, aws|IMDS/, request: ['sts'], field: 'subject_token spelling of header names',
    ours: / Authorization$/, theirs: /^authorization /, why: 'neither case nor order of headers counts' },
  { in: /aws, a host for all regions/, request: ['sts'], field: 'subject_token header authorization',
    ours: 'us-east-1/sts, right', theirs: 'us-east-2/sts, right', why: "that host's signatures are for us-east-1, wherever the machine is" },
  { in: /aws, query in another order/, request: ['sts'], field: 'subject_token header authorization',
    ours: 'us-east-2/sts, right', theirs: 'us-east-2/sts, wrong', why: 'the canonical query is sorted (AWS)' },
  { in: /aws, query in another order/, request: ['sts'], field: 'subject_token url',
    ours: 'https://sts.us-east-2.amazonaws.com?Version=2011-06-15&Action=GetCallerIdentity',
    theirs: 'https://sts.us-east-2.amazonaws.com/?Version=2011-06-15&Action=GetCallerIdentity', why: 'the same URL, put together from its parts' },
  { in: /within another one/, request: ['program'], field: 'variable GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE', ours: absent, theirs: '/other',
    why: 'the parent is such a program itself: what it was told is not for the child' },
  { in: /within another one; (?!.*impersonated)/, request: ['program'], field: 'variable GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL',
    ours: absent, theirs: 'another@x', why: 'as above' },

  // ---- the metadata server ----
  { in: /metadata/, request: ['metadata universe'], field: 'request', ours: 'sent', theirs: absent,
    why: 'once: a token of another universe must not be sent' },
  { in: /metadata(?!, of an account)/, request: ['metadata email'], field: 'request', ours: 'sent', theirs: absent,
    why: 'once: for chatabi_client_status' },
  { in: /metadata/, request: ['metadata token'], field: 'query as written', ours: /^scopes=https:\/\//, theirs: /^scopes=https%3A%2F%2F/,
    why: 'a query may have both in it' },
];

const recorder = await startRecorder();
after(async () => {
  await recorder.stop();
  await stopAll();
});

const fits = (rule, value) => (rule instanceof RegExp ? rule.test(value) : rule === value);
const matches = (row, name, found) =>
  row.in.test(name) && row.request.includes(found.request) && row.field === found.field && fits(row.ours, found.ours) && fits(row.theirs, found.theirs);

async function run(side, one) {
  one.prepare?.();
  const answers = Object.fromEntries(Object.entries(one.answers ?? {}).map(([role, list]) => [role, [...list]]));
  const records = recorder.begin({ ...one, answers });
  const result = await side(one, recorder);
  return { result, records: [...records, ...(one.extra?.() ?? [])] };
}

const seen = new Map(differences.map((row) => [row, 0]));

// Of the entries that are for this case, those that it does not show.
const missing = (name, found, shared) =>
  differences.filter((row) => row.in.test(name)).flatMap((row) =>
    row.request.filter((request) => row.field === 'request' || shared.has(request))
      .filter((request) => !found.some((one) => one.request === request && matches(row, name, one)))
      .map((request) => `${request}: ${row.field}`));

for (const one of makeCases(recorder))
  test(one.name, async () => {
    const mine = await run(ours, one), other = await run(theirs, one);
    assert.deepEqual([mine.result.ok, other.result.ok], [!one.stage, !one.stage], JSON.stringify([mine.result, other.result]));
    assert.equal(mine.result.auth?.stage, one.stage);
    assert.doesNotMatch(mine.result.message ?? '', /GOCSPX|1\/\/0g|PRIVATE KEY|ya29|subject\./);
    const { found, shared, faults } = compare(mine.records, other.records, one.keys);
    assert.deepEqual(faults, []);
    const unexplained = found.filter((difference) => {
      const rows = differences.filter((row) => matches(row, one.name, difference));
      for (const row of rows) seen.set(row, seen.get(row) + 1);
      return rows.length !== 1;
    });
    assert.deepEqual(unexplained, [], 'not in the table, or in it twice');
    assert.deepEqual(missing(one.name, found, shared), [], 'in the table, but there is no such difference');
  });

test('every entry of the table occurs', () => {
  assert.deepEqual([...seen].filter(([, times]) => times === 0).map(([row]) => `${row.request}: ${row.field}`), []);
});

const shown = (rule) => (rule === any ? '(varies)' : rule === absent ? rule : rule instanceof RegExp ? String(rule) : JSON.stringify(rule));

after(() => {
  console.log('\nWhere chatabi and google-auth-library differ (how often, in which requests, what; chatabi | google-auth-library; why):');
  for (const [row, times] of seen)
    console.log(`${String(times).padStart(5)}  ${row.request.join(', ')}: ${row.field}\n       ${shown(row.ours)} | ${shown(row.theirs)}\n       ${row.why}`);
});
