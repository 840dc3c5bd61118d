// SPDX-License-Identifier: MIT
// The credentials that are compared. A case: `name`; `json`, the credential file, or `auth` for chatabi and `google` for the
// other side; `environment` for both, with `ours_only` and `theirs_only`; `answers`, `rotate`, `seen` for the recorder;
// `prepare` before each side, `extra` for what they did beside requests; `aws`, the right keys; `stage` where it must fail.
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { account, instanceKeys, json, refusals } from './differential_recorder.mjs';
import { scope } from './differential_sides.mjs';
import { makeFolder } from './servers.mjs';

const workload = '//iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/pool/providers/provider';
const workforce = '//iam.googleapis.com/locations/global/workforcePools/pool+1/providers/provider.1';
const type = (name) => `urn:ietf:params:oauth:token-type:${name}`;
const iam = (email = account, host = 'iamcredentials.googleapis.com') => `https://${host}/v1/projects/-/serviceAccounts/${email}:generateAccessToken`;
const pem = { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } };
const refused = () => refusals.google(401, 'UNAUTHENTICATED');

const runsPrograms = { GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: '1', OF_THE_PARENT: 'stays = as "it" is' };
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048, ...pem }), ec = generateKeyPairSync('ec', { namedCurve: 'P-256', ...pem });
const service = {
  type: 'service_account', project_id: 'emulated', private_key_id: 'key-1', private_key: rsa.privateKey, client_email: account, client_id: '1',
  token_uri: 'https://oauth2.googleapis.com/token', universe_domain: 'googleapis.com',
};
const user = {
  type: 'authorized_user', client_id: '764-a.apps.googleusercontent.com', client_secret: 'GOCSPX-a+b/c=&%20é"', refresh_token: '1//0g+x/y=z &%~*()\'!-_.',
};
const client = { client_id: 'client-1', client_secret: user.client_secret };
const person = {
  type: 'external_account_authorized_user', audience: workforce, ...client, refresh_token: user.refresh_token,
  token_url: 'https://sts.googleapis.com/v1/oauthtoken', token_info_url: 'https://sts.googleapis.com/v1/introspect',
};
const quota = { quota_project_id: 'payer-1' };
const again = () => ({ chat: [refused()] });

const external = (source, more) => ({
  type: 'external_account', audience: workload, subject_token_type: source.type ?? type(source.token), token_url: 'https://sts.googleapis.com/v1/token',
  credential_source: source.source, ...source.more, ...more,
});
const impersonated = ({ mtls }) => ({ service_account_impersonation_url: iam(account, mtls ? 'iamcredentials.mtls.googleapis.com' : undefined) });
const acting = (source_credentials, more) => ({ type: 'impersonated_service_account', service_account_impersonation_url: iam(), source_credentials, ...more });
const machine = (recorder, email, more) => ({
  auth: ['metadata', email], environment: { GCE_METADATA_HOST: recorder.host },
  google: (library) => new library.Compute({ serviceAccountEmail: email, scopes: [scope] }), ...more,
});

export function makeCases(recorder) {
  const folder = makeFolder();
  const put = (name, content) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const cases = [];
  const add = (name, one) => {
    const made = { name, keys: { RS256: rsa.publicKey, ES256: ec.publicKey, aws: one.aws ?? {} }, ...one };
    made.auth ??= ['file', put(`${cases.length}.json`, JSON.stringify(one.json))];
    cases.push(made);
  };
  const sources = { ...plainSources(recorder, put), ...programSources(folder, put), ...awsSources(recorder), ...certificateSources(recorder, put) };
  addAccounts(add, recorder, put);
  addUsersAndMachines(add, recorder);
  addExternal(add, sources, put);
  addUniverse(add, sources['file, text']);
  addImpersonated(add, sources['file, text']);
  addRefusals(add, recorder, sources, folder);
  addOddAnswers(add, recorder, sources);
  return cases;
}

const refuseOwn = (more) => ({ 'chat, self-signed': [refused()], ...more });

async function selfSigned(library) {
  const jwt = await new library.GoogleAuth({ credentials: { ...service, ...quota }, scopes: scope }).getClient();
  return Object.assign(jwt, { useJWTAccessWithScope: true });
}

function addAccounts(add, recorder, put) {
  const gdch = {
    type: 'gdch_service_account', format_version: '1', project: 'emulated', private_key_id: 'key-2', private_key: ec.privateKey, name: 'robot',
    ca_cert_path: recorder.ca_file, token_uri: 'https://gdch.example.com/authenticate',
  };
  add('service_account, granted', { json: service, answers: refuseOwn() });
  add('service_account, granted, quota project', { json: { ...service, ...quota }, answers: refuseOwn() });
  add('service_account, self-signed', { json: { ...service, ...quota }, google: selfSigned });
  add('authorized_user', { json: user });
  add('authorized_user, quota project', { json: { ...user, ...quota } });
  add('authorized_user, found by its variable, another quota project', {
    auth: ['adc'], environment: { GOOGLE_APPLICATION_CREDENTIALS: put('user.json', JSON.stringify({ ...user, ...quota })), GOOGLE_CLOUD_QUOTA_PROJECT: 'payer-2' },
    google: (library) => new library.GoogleAuth({ scopes: scope }).getClient(),
  });
  add('authorized_user, renewed', { json: user, answers: again() });
  add('authorized_user, renewed, rotated', { json: user, rotate: true, answers: again() });
  add('gdch_service_account', {
    json: gdch, base_url: 'https://ai.example.com',
    google: async (library) => (await new library.GoogleAuth({ credentials: gdch, scopes: scope }).getClient()).createWithGdchAudience('https://ai.example.com'),
  });
  add('api_key', { auth: ['api_key', 'AIza+/=x'], google: (library) => new library.GoogleAuth().fromAPIKey('AIza+/=x') });
  add('token', { auth: ['token', 'ya29.given'], google: (library) => Object.assign(new library.OAuth2Client(), { credentials: { access_token: 'ya29.given' } }) });
}

function addUsersAndMachines(add, recorder) {
  add('external_account_authorized_user', { json: person });
  add('external_account_authorized_user, quota project', { json: { ...person, ...quota } });
  add('external_account_authorized_user, renewed, rotated', { json: person, rotate: true, answers: again() });
  add('external_account_authorized_user, renewed', { json: person, answers: again() });
  add('metadata', machine(recorder));
  add('metadata, of an account', machine(recorder, account));
  add('metadata, renewed', machine(recorder, undefined, { answers: again() }));
}

// ---- where external accounts have their subject token from ----

function plainSources(recorder, put) {
  const tokens = { text: put('token', 'subject/token+with=&%é'), json: put('token.json', '{"other":1,"id_token":"subject\\u002ftoken"}') };
  const format = (name) => ({ format: { type: 'json', subject_token_field_name: name } });
  return {
    'file, text': { source: { file: tokens.text }, token: 'jwt' },
    'file, text with a line end': { source: { file: put('line', 'subject/token\n') }, token: 'jwt' },
    'file, json': { source: { file: tokens.json, ...format('id_token') }, token: 'id_token' },
    'url, text': { source: { url: `${recorder.url}/subject/text?audience=a%20b&x=%2F`, headers: { 'X-Own': 'two  words', Metadata: 'True' } }, token: 'jwt' },
    'url, json': { source: { url: `${recorder.url}/subject/json`, headers: { Authorization: 'Bearer of-the-platform' }, ...format('access_token') }, token: 'jwt' },
  };
}

function programSources(folder, put) {
  const program = put('to ken.sh', '#!/bin/sh\ncd "$(dirname "$0")" && env -0 >env && printf "%s\\0" "$@" >words\ncat answer\n');
  chmodSync(program, 0o700);
  put('answer', JSON.stringify({ version: 1, success: true, token_type: type('id_token'), id_token: 'from+the/program=', expiration_time: 4e9 }));
  // Left by the shell that runs the script.
  const shell = ['_', 'PWD', 'OLDPWD', 'SHLVL'];
  const split = (name) => readFileSync(join(folder, name), 'utf8').split('\0').slice(0, -1);
  const programs = () => {
    if (!existsSync(join(folder, 'env'))) return [];
    const pairs = split('env').map((line) => line.split(/=(.*)/s)).filter(([name]) => !shell.includes(name));
    const fields = Object.fromEntries([...pairs.map(([name, value]) => [`variable ${name}`, value]), ['arguments', JSON.stringify(split('words'))]]);
    return [{ role: 'program', fields }];
  };
  const forget = () => ['env', 'words'].forEach((name) => rmSync(join(folder, name), { force: true }));
  const executable = { command: `"${program}" --for "a b" c`, timeout_millis: 5000 };
  const run = { source: { executable }, token: 'id_token', environment: runsPrograms, prepare: forget, extra: programs };
  const inherited = {
    GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE: 'of another', GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL: 'another@x', GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE: '/other',
  };
  return {
    executable: run,
    'executable, output file': { ...run, source: { executable: { ...executable, output_file: join(folder, 'not there') } } },
    'executable, output file that is good': { ...run, source: { executable: { ...executable, output_file: join(folder, 'answer') } } },
    'executable, within another one': { ...run, environment: { ...runsPrograms, ...inherited } },
  };
}

const aws = { AWS_REGION: 'us-east-2', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

function awsSources(recorder) {
  const signing = (url) => ({ environment_id: 'aws1', regional_cred_verification_url: url });
  const amazon = signing('https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15');
  const oneHost = signing('https://sts.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15');
  const otherOrder = signing('https://sts.{region}.amazonaws.com/?Version=2011-06-15&Action=GetCallerIdentity');
  const awsType = 'urn:ietf:params:aws:token-type:aws4_request';
  const imds = {
    ...amazon,
    region_url: `${recorder.url}/latest/meta-data/placement/availability-zone`,
    url: `${recorder.url}/latest/meta-data/iam/security-credentials`,
    imdsv2_session_token_url: `${recorder.url}/latest/api/token`,
  };
  const own = { AccessKeyId: aws.AWS_ACCESS_KEY_ID, SecretAccessKey: aws.AWS_SECRET_ACCESS_KEY };
  const instance = { AWS_ACCESS_KEY_ID: instanceKeys.AccessKeyId, AWS_SECRET_ACCESS_KEY: instanceKeys.SecretAccessKey, AWS_SESSION_TOKEN: instanceKeys.Token };
  return {
    'aws, keys in the environment': { source: amazon, type: awsType, environment: aws, aws: own },
    'aws, session in the environment': {
      source: amazon, type: awsType, environment: { ...aws, AWS_REGION: '', AWS_DEFAULT_REGION: 'us-west-1', AWS_SESSION_TOKEN: 'a//b+c==' }, aws: own,
    },
    'aws, a host for all regions': { source: oneHost, type: awsType, environment: aws, aws: own },
    'aws, query in another order': { source: otherOrder, type: awsType, environment: aws, aws: own },
    'aws, IMDSv2': { source: imds, type: awsType, aws: instanceKeys },
    'aws, IMDSv2, region in the environment': { source: imds, type: awsType, environment: { AWS_REGION: 'ap-south-1' }, aws: instanceKeys },
    'aws, IMDSv1': { source: { ...imds, imdsv2_session_token_url: undefined }, type: awsType, aws: instanceKeys },
    // The other side does not know containers: it gets the same keys in its environment.
    'aws, ECS': {
      source: amazon, type: awsType, aws: instanceKeys, environment: { AWS_REGION: 'eu-west-1' }, theirs_only: instance,
      ours_only: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${recorder.url}/ecs/keys` },
    },
  };
}

function certificateSources(recorder, put) {
  const leaf = recorder.authority.sign('workload', 'DNS:workload');
  const config = put('certificate_config.json', JSON.stringify({ cert_configs: { workload: { cert_path: leaf.certificate, key_path: leaf.key } } }));
  const chain = put('chain.pem', readFileSync(leaf.certificate, 'utf8') + readFileSync(recorder.ca_file, 'utf8'));
  const mtls = { token_url: 'https://sts.mtls.googleapis.com/v1/token' };
  const certificate = (value) => ({ source: { certificate: value }, token: 'mtls', more: mtls, mtls: true });
  return {
    certificate: certificate({ certificate_config_location: config }),
    'certificate, default config, chain': {
      ...certificate({ use_default_certificate_config: true, trust_chain_path: recorder.ca_file }), environment: { GOOGLE_API_CERTIFICATE_CONFIG: config },
    },
    'certificate, chain with itself': certificate({ certificate_config_location: config, trust_chain_path: chain }),
  };
}

// Every source, as itself and in every setting.
function addExternal(add, sources, put) {
  const pool = { audience: workforce, workforce_pool_user_project: 'pool "project"' };
  const settings = {
    itself: () => ({}),
    impersonated,
    'impersonated, 1800 s': (source) => ({ ...impersonated(source), service_account_impersonation: { token_lifetime_seconds: 1800 } }),
    'quota project, no token_url': ({ mtls: secure }) => ({ ...quota, ...(secure ? {} : { token_url: undefined }) }),
    'client and secret': () => client,
    'workforce pool': () => pool,
    'workforce pool, client, impersonated': (source) => ({ ...pool, ...client, ...impersonated(source) }),
  };
  for (const [what, source] of Object.entries(sources))
    for (const [how, setting] of Object.entries(settings)) add(`external_account, ${what}; ${how}`, { ...source, json: external(source, setting(source)) });

  // On the second run the file has another token; the instance is asked again, for all but its region.
  const moving = put('moving', '');
  add('external_account, file; renewed', {
    json: external({ source: { file: moving }, token: 'jwt' }), answers: again(), prepare: () => writeFileSync(moving, 'first'),
    seen: ({ role }) => role === 'chat' && writeFileSync(moving, 'second'),
  });
  add('external_account, aws, IMDSv2; renewed', { json: external(sources['aws, IMDSv2'], {}), answers: again(), aws: instanceKeys });
  add('external_account, url, json; impersonated, renewed', { json: external(sources['url, json'], impersonated({})), answers: again() });
}

function addUniverse(add, source) {
  const universe = { universe: 'gdu.example.com' };
  const there = { universe_domain: universe.universe };
  add('service_account, another universe', { json: { ...service, ...there }, ...universe });
  const thereImpersonated = { service_account_impersonation_url: iam(account, 'iamcredentials.gdu.example.com'), token_url: undefined };
  add('external_account, file; another universe', { json: external(source, { ...there, token_url: undefined }), ...universe });
  add('external_account, file; another universe, impersonated', { json: external(source, { ...there, ...thereImpersonated }), ...universe });
  add('external_account_authorized_user, another universe', { json: { ...person, ...there, token_url: 'https://sts.gdu.example.com/v1/oauthtoken' }, ...universe });
}

function addImpersonated(add, source) {
  const delegates = ['a@emulated.iam.gserviceaccount.com', 'b@emulated.iam.gserviceaccount.com'];
  const full = delegates.map((email) => `projects/-/serviceAccounts/${email}`);
  const other = { service_account_impersonation_url: iam('first@emulated.iam.gserviceaccount.com') };
  add('impersonated, source authorized_user', { json: acting(user) });
  add('impersonated, source authorized_user, renewed', { json: acting(user), answers: again() });
  add('impersonated, source authorized_user, delegates', { json: acting(user, { delegates: full }) });
  add('impersonated, source authorized_user, bare delegates', { json: acting(user, { delegates }) });
  add('impersonated, source authorized_user, quota projects', { json: acting({ ...user, ...quota }, { quota_project_id: 'payer-2' }) });
  add('impersonated, source authorized_user, 1800 s', { json: acting(user, { lifetime: 1800 }) });
  const regional = { service_account_impersonation_url: iam(account, 'iamcredentials.us-east1.rep.googleapis.com') };
  add('impersonated, source authorized_user, regional host', { json: acting(user, regional) });
  add('impersonated, source service_account, self-signed', { json: acting({ ...service, ...quota }) });
  add('impersonated, source service_account, granted', { json: acting({ ...service, ...quota }), answers: { 'iam, self-signed': [refused()] } });
  add('impersonated, source external_account_authorized_user', { json: acting(person) });
  add('impersonated, source external_account', { json: acting(external(source, {})) });
  add('impersonated, source impersonated', { json: acting(acting(user, other)) });
}

// What the services answer instead. `stage`: where it fails, for good.
function addRefusals(add, recorder, sources, folder) {
  const { oauth, google, metadata, plain } = refusals;
  const fail = (name, stage, answers, one) => add(`refused: ${name}`, { answers, stage, ...one });
  const { 'file, text': file, 'url, text': url, 'aws, IMDSv2': imds } = sources;
  fail('user, invalid_grant', 'oauth', { oauth: [oauth('invalid_grant')] }, { json: user });
  fail('user, invalid_rapt', 'oauth', { oauth: [oauth('invalid_grant', 400, { error_subtype: 'invalid_rapt' })] }, { json: user });
  fail('service account, invalid_grant', 'oauth', refuseOwn({ oauth: [oauth('invalid_grant')] }), { json: service });
  fail('workforce user, invalid_grant', 'oauth', { oauthtoken: [oauth('invalid_grant')] }, { json: person });
  fail('STS, invalid_grant', 'sts', { sts: [oauth('invalid_grant')] }, { json: external(file, {}) });
  fail('STS, unauthorized_client, 401', 'sts', { sts: [oauth('unauthorized_client', 401)] }, { json: external(file, {}) });
  fail('IAM after STS, 403', 'impersonate', { iam: [google(403, 'PERMISSION_DENIED')] }, { json: external(file, impersonated({})) });
  fail('IAM after a user, 403', 'impersonate', { iam: [google(403, 'PERMISSION_DENIED')] }, { json: acting(user) });
  fail('IAM after a user, 404', 'impersonate', { iam: [google(404, 'NOT_FOUND')] }, { json: acting(user) });
  fail('metadata, 404', 'metadata', { 'metadata token': [metadata(404)] }, machine(recorder));
  fail('metadata, 403', 'metadata', { 'metadata token': [metadata(403)] }, machine(recorder));
  fail('subject URL, 404', 'subject_token', { subject: [plain(404)] }, { json: external(url, {}) });
  fail('IMDS session, 403', 'subject_token', { 'imds session': [plain(403)] }, { json: external(imds, {}) });
  fail('IMDS keys, 404', 'subject_token', { 'imds keys': [plain(404)] }, { json: external(imds, {}) });
  fail('subject file, missing', 'subject_token', {}, { json: external({ source: { file: join(folder, 'missing') }, token: 'jwt' }, {}) });
  const broken = { source: { executable: { command: 'sh -c "exit 3"', timeout_millis: 5000 } }, token: 'jwt' };
  fail('program, exit 3', 'subject_token', {}, { json: external(broken, {}), environment: runsPrograms });
  fail('program, not allowed', 'subject_token', {}, { json: external(sources.executable, {}) });
}

// What succeeds in the end.
function addOddAnswers(add, recorder, sources) {
  const { plain, metadata } = refusals;
  const { 'file, text': file, 'url, text': url } = sources;
  const odd = (name, role, value, one) => add(`odd: ${name}`, { answers: { [role]: [json(value)] }, ...one });
  odd('STS without expires_in', 'sts', { access_token: 'ya29.odd', token_type: 'Bearer' }, { json: external(file, {}) });
  odd('expires_in as text', 'oauth', { access_token: 'ya29.odd', expires_in: '3599', token_type: 'Bearer' }, { json: user });
  const far = { accessToken: 'ya29.odd', expireTime: '2099-01-01T02:00:00.123456789+02:00' };
  odd('expireTime in another zone, IAM after a user', 'iam', far, { json: acting(user) });

  const pass = (name, role, one, reply = plain(503)) => add(`503, then good: ${name}`, { answers: { [role]: [reply] }, ...one });
  pass('user', 'oauth', { json: user });
  pass('workforce user', 'oauthtoken', { json: person });
  pass('STS', 'sts', { json: external(file, {}) });
  pass('IAM after STS', 'iam', { json: external(file, impersonated({})) });
  pass('IAM after a user', 'iam', { json: acting(user) });
  pass('metadata', 'metadata token', machine(recorder), metadata(503));
  pass('subject URL', 'subject', { json: external(url, {}) });
}
