import { expect } from 'chai';
import { CloudEvent, HTTP, type CloudEventV1 } from 'cloudevents';
import { readFile } from 'node:fs/promises';
import { createBatch } from '../../lib/event/batch-of.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { cloudEventsEncoder } from '../../lib/http/cloud-events-encoder.js';
import { anEvent } from '../support/an-event.js';
import { dataFile } from '../support/data.js';
import { throwing } from '../support/hostile.js';

describe('cloudEventsEncoder', () => {
  /** The event that the official package reads from a body. */
  function read(events: readonly AnalyticsEvent[], encoder = cloudEventsEncoder()): readonly CloudEventV1<unknown>[] {
    const body = encoder.encode(createBatch(events, 1));
    const message = { headers: { 'content-type': encoder.contentType }, body: String(body) };
    expect(HTTP.isEvent(message)).to.equal(true);
    const found = HTTP.toEvent(message);
    return Array.isArray(found) ? found : [found];
  }

  it('is read by the official package, and valid there', () => {
    const event = anEvent({ timestamp: 1_700_000_000_123, data: { n: 1, text: 'ü😀' }, metadata: { os: 'linux', nested: { a: [1] } } });
    const [read1, read2, ...more] = read([event, anEvent({ id: 'second', weight: 2.5, data: null })]);
    expect(more).to.deep.equal([]);
    expect([read1, read2].map(isValid)).to.deep.equal([true, true]);
    expect(read1).to.deep.include({
      id: event.id,
      type: 'feature_used',
      source: 'rx-event-collector',
      specversion: '1.0',
      time: '2023-11-14T22:13:20.123Z',
      datacontenttype: 'application/json',
      data: event.data,
      category: 'usage',
      priority: 'normal',
      sessionid: 'session',
      weight: 1,
    });
    expect(JSON.parse(String(read1?.metadata))).to.deep.equal(event.metadata);
    // An attribute holds integers of 32 bits, and no other numbers.
    expect(read2?.weight).to.equal('2.5');
  });

  it('sets the source and prefixes the type', () => {
    const [event] = read([anEvent()], cloudEventsEncoder({ source: 'https://example.org/shop', typePrefix: 'org.example.' }));
    expect([event?.source, event?.type]).to.deep.equal(['https://example.org/shop', 'org.example.feature_used']);
  });

  it('is read back with hostile strings in every place for text', async function () {
    const naughty = JSON.parse(await readFile(dataFile(this, 'blns.json'), 'utf8')) as string[];
    const events = [...naughty]
      .filter((text) => text !== '')
      .map((text, index) => anEvent({ id: `${String(index)} ${text}`, type: text, data: { [text]: text }, metadata: { [text]: text } }));
    const found = read(events);
    expect(
      found.map(({ id, type, data, metadata }) => ({ id, type, data, metadata: JSON.parse(String(metadata)) as unknown })),
    ).to.deep.equal(events.map(({ id, type, data, metadata }) => ({ id, type, data, metadata })));
    expect(found.filter((event) => !isValid(event))).to.deep.equal([]);
  });

  for (const [what, patch] of Object.entries({
    'an empty id': { id: '' },
    'an empty type': { type: '' },
    'no time': { timestamp: NaN },
    'a time of another era': { timestamp: 8.64e15 },
    'a time before the year 0': { timestamp: -8.64e15 },
    'data that throws when read': { data: throwing(new Error('not yours')) },
  })) {
    it(`throws for an event with ${what}`, () => {
      expect(() => cloudEventsEncoder().encode(createBatch([anEvent(patch)], 1))).to.throw();
    });
  }

  it('throws for invalid and unknown options', () => {
    expect(() => cloudEventsEncoder({ source: '' })).to.throw(TypeError, 'Expected `source` to be a non-empty string');
    expect(() => cloudEventsEncoder({ typePrefix: 1 as never })).to.throw(TypeError, 'Expected `typePrefix` to be a string');
    expect(() => cloudEventsEncoder('/shop' as never)).to.throw(TypeError, 'Expected `options` to be an object');
    expect(() => cloudEventsEncoder({ prefix: 'a' } as object)).to.throw(TypeError, 'Unknown option `prefix`. Did you mean `typePrefix`?');
  });
});

function isValid(event: unknown): boolean {
  return event instanceof CloudEvent && event.validate();
}
