import { expect } from 'chai';
import { formatErrors } from '../../lib/codecs/format-errors.js';
import type { EventInput } from '../../lib/event/event.js';
import { eventInputCodec } from '../../lib/ingest/event-input-codec.js';
import { leftOf, rightOf } from '../codecs/sides.js';

const FIELDS = ['id', 'type', 'category', 'priority', 'timestamp', 'sessionId', 'data', 'metadata', 'weight'] as const;

describe('eventInputCodec', () => {
  const decode = (value: unknown): EventInput => rightOf(eventInputCodec.decode(value));
  const faults = (value: unknown): readonly string[] => formatErrors(leftOf(eventInputCodec.decode(value)));

  it('decodes a complete event to an equal one', () => {
    const event = {
      id: '1',
      type: 'paid',
      category: 'business',
      priority: 'high',
      timestamp: 5,
      sessionId: 's',
      data: { total: 12 },
      metadata: { app: 'shop' },
      weight: 2.5,
    };
    expect(decode(event)).to.deep.equal(event);
    expect(eventInputCodec.is(event)).to.equal(true);
  });

  it('needs a type only, and treats `null` as a field that is left out', () => {
    const empty = Object.fromEntries(FIELDS.map((field) => [field, undefined]));
    const nulls = Object.fromEntries(FIELDS.map((field) => [field, null]));
    expect(decode({ type: 'a' })).to.deep.equal({ ...empty, type: 'a' });
    expect(decode({ ...nulls, type: 'a' })).to.deep.equal({ ...empty, type: 'a', data: null });
  });

  it('reports all invalid fields together, and marks optional ones', () => {
    expect(faults(Object.fromEntries(FIELDS.filter((field) => field !== 'data').map((field) => [field, []])))).to.deep.equal([
      'Expected `type` to be non-empty string, got an array',
      'Expected `id` to be (non-empty string | undefined), got an array',
      'Expected `category` to be ("usage" | "performance" | "error" | "business" | "security" | "system" | "custom" | undefined), got an array',
      'Expected `priority` to be ("low" | "normal" | "high" | "critical" | undefined), got an array',
      'Expected `timestamp` to be (time in milliseconds or ISO 8601, from 1970 on | undefined), got an array',
      'Expected `sessionId` to be (non-empty string | undefined), got an array',
      'Expected `metadata` to be (object | undefined), got an array',
      'Expected `weight` to be (number from 1 to 4294967296 | undefined), got an array',
    ]);
  });

  it('refuses empty texts, where the collector would take a default', () => {
    expect(faults({ type: '', id: '', sessionId: '' })).to.have.length(3);
  });

  it('decodes times to numbers', () => {
    for (const timestamp of [1_000, new Date(1_000), '1970-01-01T00:00:01Z'])
      expect(decode({ type: 'a', timestamp })).to.include({ timestamp: 1_000 });
  });

  it('returns a new object that has the nine fields and no other', () => {
    const event = { ...(JSON.parse('{"__proto__":{"polluted":true}}') as object), type: 'a', extra: 1, data: {}, metadata: {} };
    const decoded = decode(event);
    expect(decoded).to.not.equal(event);
    expect(Object.keys(decoded).sort()).to.deep.equal([...FIELDS].sort());
    expect(decoded).to.not.have.property('polluted');
    expect(decoded.data).to.equal(event.data);
  });

  it('reads each field once', () => {
    const reads: string[] = [];
    const event = new Proxy(
      { type: 'a', id: '1' },
      {
        get(target, key, receiver) {
          reads.push(String(key));
          return Reflect.get(target, key, receiver) as unknown;
        },
      },
    );
    expect(decode(event)).to.include({ type: 'a', id: '1' });
    expect(reads.filter((key) => FIELDS.includes(key as 'id')).sort()).to.deep.equal([...FIELDS].sort());
  });

  it('refuses hostile values and non-objects without throwing', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const throwing = { get type(): never { throw new Error('secret'); } }; // prettier-ignore
    for (const value of [proxy, throwing, { type: 'a', metadata: proxy }, null, undefined, 7, [], 'a']) {
      expect(eventInputCodec.is(value)).to.equal(false);
      expect(faults(value)).to.have.length(1);
    }
    expect(faults(throwing)).to.deep.equal(["Expected the value to be EventInput, got something that can't be read"]);
  });
});
