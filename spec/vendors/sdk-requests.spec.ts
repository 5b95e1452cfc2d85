import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../scripts/entries.js';
import type { HttpSinkOptions } from '../../lib/http/http-sink.js';
import { amplitude } from '../../lib/vendors/amplitude.js';
import { mixpanel } from '../../lib/vendors/mixpanel.js';
import { postHog } from '../../lib/vendors/post-hog.js';
import { segment } from '../../lib/vendors/segment.js';
import { snowplow } from '../../lib/vendors/snowplow.js';
import { sendTo, vendorEvent } from '../support/vendor-stub.js';

/** What an SDK sent, without what varies: made by spec/compat/vendors/capture.mjs. */
interface Captured {
  readonly path: string;
  readonly contentType: string;
  readonly authorization?: string;
  readonly body: unknown;
}

/** Where the request of a preset differs from that of the SDK, field by field. */
interface Comparison {
  readonly preset: (url: string) => HttpSinkOptions;
  /** Fields of the SDK that are missing: its options, and its own name. */
  readonly missing: readonly string[];
  /** Fields that the SDK doesn't send. */
  readonly added: readonly string[];
  readonly path?: string;
  readonly contentType?: string;
}

const METADATA = ['os', 'arch', 'locale', 'timezoneOffset', 'appVersion', 'userId', 'anonymousId'];
const PROPERTIES = [...METADATA, 'event_category', 'event_priority', 'event_weight'];

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  postHog: {
    preset: (url) => postHog({ apiKey: 'key', url }),
    missing: ['batch.0.properties.$is_server', 'batch.0.properties.$geoip_disable'],
    added: ['batch.0.properties.$session_id', ...PROPERTIES.map((name) => `batch.0.properties.${name}`), 'sent_at'],
  },
  segment: {
    preset: (url) => segment({ writeKey: 'key', url }),
    missing: ['batch.0.integrations'],
    added: [
      ...['library.name', 'category', 'priority', 'sessionId', 'weight', ...METADATA].map((name) => `batch.0.context.${name}`),
      'sentAt',
    ],
  },
  amplitude: {
    preset: (url) => amplitude({ apiKey: 'key', url }),
    missing: ['options'],
    added: [...['session_id', ...PROPERTIES].map((name) => `events.0.event_properties.${name}`), 'events.0.library', 'client_upload_time'],
  },
  mixpanel: {
    preset: (url) => mixpanel({ token: 'token', url }),
    // The documented form of `/import`, in which failures have positions; the token is the login's.
    path: '/import?strict=1',
    contentType: 'application/json',
    missing: ['0.properties.token'],
    added: ['session_id', ...PROPERTIES, '$user_id', '$device_id'].map((name) => `0.properties.${name}`),
  },
  snowplow: {
    preset: (url) => snowplow({ url, schema: 'org.example', appId: 'shop' }),
    missing: ['data.0.tna'],
    added: ['data.0.stm', 'data.0.eid', 'data.0.tv'],
  },
};

describe('requests of presets beside those of the SDKs', () => {
  const all = JSON.parse(readFileSync(join(ROOT, 'spec/compat/vendors/captured.json'), 'utf8')) as Readonly<Record<string, Captured>>;

  for (const [name, { preset, path, contentType, missing, added }] of Object.entries(COMPARISONS))
    it(`has the fields and values of the SDK: ${name}`, async () => {
      const captured = all[name];
      if (captured === undefined) throw new Error(`Expected a request of ${name}`);
      const event = vendorEvent('a', { id: '01890000-0000-7000-8000-000000000001' });
      const { requests } = await sendTo(preset, [event], [{ status: 200, body: {} }]);
      const [request] = requests;
      expect(request?.path).to.equal(path ?? captured.path);
      expect(request?.headers['content-type']).to.equal(contentType ?? captured.contentType.split(';')[0]);
      expect(request?.headers.authorization).to.equal(captured.authorization);
      const theirs = fieldsOf(captured.body);
      const ours = fieldsOf(JSON.parse(request?.body ?? ''));
      // `$lib` is a sender's name for itself.
      const both = [...theirs].filter(([field]) => ours.has(field) && !field.endsWith('.$lib'));
      expect(both.length).to.be.above(4);
      expect(Object.fromEntries(both.map(([field]) => [field, ours.get(field)]))).to.deep.equal(Object.fromEntries(both));
      expect([...theirs.keys()].filter((field) => !ours.has(field))).to.have.members(missing);
      expect([...ours.keys()].filter((field) => !theirs.has(field))).to.have.members(added);
    });

  it('has a comparison for each SDK', () => {
    expect(Object.keys(all)).to.have.members(Object.keys(COMPARISONS));
  });
});

/** The fields of a JSON value by their paths; JSON in a text is looked into, and an empty object is a value. */
function fieldsOf(value: unknown, path = ''): Map<string, unknown> {
  const parsed: unknown = typeof value === 'string' && value.startsWith('{') ? JSON.parse(value) : value;
  const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
  // Ours has fields in it.
  if (path.endsWith('context') && entries.length === 0) return new Map();
  if (entries.length === 0) return new Map([[path, parsed]]);
  return new Map<string, unknown>(entries.flatMap(([key, part]) => [...fieldsOf(part, path === '' ? key : `${path}.${key}`)]));
}
