// @ts-nocheck
// Sends one event by each vendor's SDK to a server on loopback, and writes the requests into captured.json: `npm ci && npm run capture` in this folder.
// Times of sending, versions and whatever describes the machine are left out.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as amplitude from '@amplitude/analytics-node';
import { Analytics } from '@segment/analytics-node';
import { buildSelfDescribingEvent, newTracker } from '@snowplow/node-tracker';
import Mixpanel from 'mixpanel';
import { PostHog } from 'posthog-node';

const ID = '01890000-0000-7000-8000-000000000001';
const TYPE = 'checkout_completed';
const DATA = { total: 12.5 };
const TIME = 1_700_000_000_000;
/** Fields of any depth that differ between machines, versions and runs. */
const VARYING = ['sent_at', 'sentAt', 'client_upload_time', 'stm', '_metadata', '$lib_version', 'library', 'tv', 'event_id', 'eid'];

const received = [];
const waiting = [];

async function receive(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
  const { 'content-type': contentType, authorization } = request.headers;
  received.push({ path: request.url, contentType, authorization, body });
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"code":200,"status":"OK"}');
  waiting.shift()?.();
}

const next = () => new Promise((resolve) => waiting.push(resolve));
const without = (key, value) => (VARYING.includes(key) ? undefined : value);

/** Mixpanel's SDK sends a form, with JSON in Base64. */
function bodyOf(body) {
  const form = /^data=(.*)$/.exec(body)?.[1];
  return JSON.parse(form === undefined ? body : Buffer.from(decodeURIComponent(form), 'base64').toString(), without);
}

async function capture(send) {
  const answered = next();
  await send();
  await answered;
  const { body, ...request } = received.splice(0).at(-1);
  return { ...request, body: bodyOf(body) };
}

const folder = mkdtempSync(join(tmpdir(), 'capture-'));
const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
execFileSync('openssl', `req -x509 -newkey rsa:2048 -nodes -keyout ${key} -out ${cert} -days 1 -subj /CN=localhost`.split(' '), {
  stdio: 'ignore',
});
const http = createHttpServer(receive).listen(0, '127.0.0.1');
const https = createHttpsServer({ key: readFileSync(key), cert: readFileSync(cert) }, receive).listen(0, '127.0.0.1');
await Promise.all([once(http, 'listening'), once(https, 'listening')]);
rmSync(folder, { recursive: true });
const url = `http://127.0.0.1:${http.address().port}`;
// Mixpanel's SDK sends a secret over HTTPS only.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';

const captured = {
  postHog: await capture(async () => {
    const client = new PostHog('key', { host: url });
    client.capture({ distinctId: 'user-1', event: TYPE, properties: DATA, timestamp: new Date(TIME), uuid: ID });
    await client.shutdown();
  }),
  segment: await capture(async () => {
    const client = new Analytics({ writeKey: 'key', host: url });
    const ids = { userId: 'user-1', anonymousId: 'anon-1', messageId: ID };
    client.track({ ...ids, event: TYPE, properties: DATA, timestamp: new Date(TIME) });
    await client.closeAndFlush();
  }),
  amplitude: await capture(async () => {
    await amplitude.init('key', { serverUrl: `${url}/2/httpapi`, logLevel: amplitude.Types.LogLevel.None, flushIntervalMillis: 10 })
      .promise;
    amplitude.track(TYPE, DATA, { user_id: 'user-1', device_id: 'anon-1', time: TIME, insert_id: ID });
  }),
  mixpanel: await capture(async () => {
    const client = Mixpanel.init('token', { host: `127.0.0.1:${https.address().port}`, protocol: 'https', secret: 'token' });
    client.import_batch([{ event: TYPE, properties: { ...DATA, time: new Date(TIME), distinct_id: 'user-1', $insert_id: ID } }]);
  }),
  snowplow: await capture(async () => {
    const tracker = newTracker({ namespace: 'shop', appId: 'shop', encodeBase64: false }, { endpoint: url, bufferSize: 1 });
    tracker.setUserId('user-1');
    tracker.setDomainUserId('anon-1');
    tracker.setSessionId('session');
    const event = { schema: `iglu:org.example/${TYPE}/jsonschema/1-0-0`, data: DATA };
    tracker.track(buildSelfDescribingEvent({ event }), [], TIME);
  }),
};
writeFileSync(new URL('captured.json', import.meta.url), `${JSON.stringify(captured, null, 2)}\n`);
process.exit(0);
