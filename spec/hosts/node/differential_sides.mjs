// SPDX-License-Identifier: MIT
// The two that are compared: chatabi, and google-auth-library. Each gets a token for the same credential and sends one chat
// request with it; what the recorder saw meanwhile is what they did.
import { open } from './chatabi.mjs';
import { require } from './modules.mjs';

const library = require('google-auth-library');

export const scope = 'https://www.googleapis.com/auth/cloud-platform';
const place = '/v1/projects/emulated/locations/us-central1/endpoints/openapi';
const body = { model: 'google/gemini-2.5-flash', messages: [{ role: 'user', content: 'Hi' }] };

// Whatever the machine that runs this has set for either side.
const foreign = new RegExp(
  '^(AWS_|GOOGLE_|GCLOUD_|GCE_|GCP_|CLOUDSDK_|CHATABI_CRED|GEMINI_|OPENAI_|K_SERVICE|CLOUD_RUN_|GAE_|FUNCTION_|KUBERNETES_|METADATA_|NO_GCE|DETECT_GCP|' +
    'DEBUG_AUTH|HOME$|SSL_CERT)|_proxy$', 'i');

async function withEnvironment(values, act) {
  const before = Object.entries(process.env).filter(([name]) => foreign.test(name));
  const clear = () => {
    for (const name of Object.keys(process.env)) if (foreign.test(name)) delete process.env[name];
  };
  clear();
  // Neither may look for a metadata server that nobody named.
  const nowhere = { METADATA_SERVER_DETECTION: 'none', GCE_METADATA_HOST: '127.0.0.1:1' };
  Object.assign(process.env, { HOME: '/nonexistent', GOOGLE_CLOUD_PROJECT: 'emulated' }, nowhere, values);
  try {
    return await act();
  } finally {
    clear();
    for (const [name, value] of before) process.env[name] = value;
  }
}

// `one`: what a case in differential_cases.mjs is.
export const ours = (one, recorder) =>
  withEnvironment({ ...one.environment, ...one.ours_only }, async () => {
    const client = open({
      provider: 'vertex', project: 'emulated', location: 'us-central1', proxy: recorder.url, ca_file: recorder.ca_file, max_retries: 0,
      auth_allow_hosts: recorder.host, base_url: one.base_url, universe_domain: one.universe, auth: one.auth,
    });
    try {
      const { error, message, error_json } = await client.complete(body);
      return { ok: error === null, message, error, auth: error_json?.auth };
    } finally {
      client.close();
    }
  });

async function googleClient(one) {
  if (one.google) return one.google(library);
  const auth = new library.GoogleAuth({ credentials: one.json, scopes: scope });
  return auth.getClient();
}

export const theirs = (one) =>
  withEnvironment({ ...one.environment, ...one.theirs_only }, async () => {
    try {
      const client = await googleClient(one);
      // Else it begins anew when a token service says 401 or 403, too.
      client.forceRefreshOnFailure = 'chat' in (one.answers ?? {});
      const base = one.base_url ?? `https://us-central1-aiplatform.${one.universe ?? 'googleapis.com'}`;
      await client.request({ url: `${base}${place}/chat/completions`, method: 'POST', data: body });
      return { ok: true };
    } catch (error) {
      return { ok: false, message: error.message };
    }
  });
