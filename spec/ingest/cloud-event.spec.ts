import { expect } from 'chai';
import { CloudEvent, HTTP } from 'cloudevents';
import { createEvent, type AnalyticsEvent } from '../../lib/index.js';
import { fromCloudEvent } from '../../lib/ingest/cloud-event.js';
import { ingestHandler } from '../../lib/ingest/index.js';
import { testCollector } from '../../lib/testing/index.js';
import { ask, reportOf } from './asked.js';

describe('fromCloudEvent', () => {
  const MINIMAL = { specversion: '1.0', id: '1', source: '/shop', type: 'paid' };
  const valueOf = (attributes: object) => fromCloudEvent({ ...MINIMAL, ...attributes }).value as Partial<AnalyticsEvent>;
  const faultsOf = (value: unknown) => fromCloudEvent(value).faults?.map(({ path, got }) => `${path}: ${got}`);

  it('accepts an event that has only the required attributes', () => {
    expect(valueOf({})).to.deep.equal({
      id: '1',
      type: 'paid',
      category: undefined,
      priority: undefined,
      timestamp: undefined,
      sessionId: undefined,
      data: undefined,
      metadata: { source: '/shop' },
      weight: undefined,
    });
  });

  it('restores an event of cloudEventsEncoder', () => {
    const event = createEvent({
      type: 'paid',
      category: 'business',
      priority: 'high',
      sessionId: 's',
      weight: 2.5,
      data: { n: [1] },
      timestamp: 1_700_000_000_123,
    });
    for (const weight of [2.5, 4]) {
      const attributes = {
        ...MINIMAL,
        id: event.id,
        time: '2023-11-14T22:13:20.123Z',
        datacontenttype: 'application/json',
        category: 'business',
        priority: 'high',
        sessionid: 's',
        weight: Number.isInteger(weight) ? weight : String(weight),
        metadata: JSON.stringify({ ...event.metadata, subject: 'mine' }),
        subject: 'theirs',
        data: event.data,
      };
      expect(fromCloudEvent(attributes).value).to.deep.equal({ ...event, weight, metadata: { ...event.metadata, subject: 'mine' } });
    }
  });

  it('keeps attributes without a field of an event, or with an invalid value, as metadata', () => {
    const { metadata, ...rest } = valueOf({
      subject: 's',
      traceparent: '00-1-2-01',
      category: 'toys',
      priority: 7,
      sessionid: '',
      weight: '0',
      metadata: '[1]',
    });
    expect(metadata).to.deep.equal({
      source: '/shop',
      subject: 's',
      traceparent: '00-1-2-01',
      category: 'toys',
      priority: 7,
      sessionid: '',
      weight: '0',
      metadata: '[1]',
    });
    expect([rest.category, rest.priority, rest.sessionId, rest.weight]).to.deep.equal([undefined, undefined, undefined, undefined]);
  });

  it('keeps the payload of a foreign event', () => {
    const { data, metadata } = valueOf({ data: '<a/>', datacontenttype: 'application/xml', dataschema: '/a.xsd' });
    expect([data, metadata]).to.deep.equal(['<a/>', { source: '/shop', datacontenttype: 'application/xml', dataschema: '/a.xsd' }]);
  });

  it('reads times with offsets, fractions and small letters, and no others', () => {
    expect(valueOf({ time: '1970-01-01t01:00:00.5+01:00' }).timestamp).to.equal(500);
    expect(valueOf({ time: '2023-11-14T22:13:20.123456789Z' }).timestamp).to.equal(1_700_000_000_123);
    for (const time of ['yesterday', '2023-11-14', '2023-13-14T22:13:20Z', '1969-12-31T23:59:59Z', 7, {}, '']) {
      expect(faultsOf({ ...MINIMAL, time })).to.have.length(1);
    }
  });

  it('accepts `null` as a payload, and binary data unchanged', () => {
    expect(valueOf({ data: null }).data).to.equal(null);
    expect(valueOf({ data_base64: 'AQID' }).data).to.equal('AQID');
  });

  it('reports missing attributes by name', () => {
    expect(faultsOf({ specversion: '0.3', type: '' })).to.deep.equal([
      'specversion: a string',
      'id: undefined',
      'source: undefined',
      'type: an empty string',
    ]);
    for (const value of [null, 7, 'text', []]) expect(faultsOf(value)).to.not.equal(undefined);
  });

  it('reads events and batches that the official package writes', async () => {
    const events: CloudEvent<unknown>[] = [
      new CloudEvent({ type: 'page_viewed', source: '/site', data: { path: '/' }, subject: 'home', sessionid: 's-1' }),
      new CloudEvent({
        type: 'error_occurred',
        source: '/site',
        data: 'text',
        time: '2024-02-29T12:00:00+02:00',
        priority: 'high',
        weight: 3,
      }),
      new CloudEvent({ type: 'uploaded', source: '/site', data: new Uint8Array([1, 2, 3]) }),
    ];
    const { collector, sink, shutdown } = testCollector();
    const handler = ingestHandler({ collector });
    for (const event of events) {
      const { headers, body } = HTTP.structured(event);
      const { status, report } = await ask(handler, String(body), headers as Record<string, string>);
      expect([status, report]).to.deep.equal([202, reportOf({ accepted: 1 })]);
    }
    const again = await ask(handler, events, { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' });
    expect(again.report).to.deep.equal(reportOf({ duplicates: 3 }));
    shutdown();
    const [viewed, failed, uploaded] = sink.events;
    expect(viewed).to.deep.include({
      id: events[0]?.id,
      timestamp: Date.parse(events[0]?.time ?? ''),
      data: { path: '/' },
      sessionId: 's-1',
    });
    expect(viewed?.metadata).to.deep.include({ source: '/site', subject: 'home' });
    expect(failed).to.deep.include({ category: 'error', priority: 'high', weight: 3, data: 'text', timestamp: Date.UTC(2024, 1, 29, 10) });
    expect(uploaded?.data).to.equal('AQID');
  });
});
