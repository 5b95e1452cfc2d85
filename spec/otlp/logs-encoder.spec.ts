import { expect } from 'chai';
import { createBatch } from '../../lib/event/batch-of.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { Encoder } from '../../lib/http/encoder.js';
import { logsEncoder } from '../../lib/otlp/logs-encoder.js';
import { anEvent } from '../support/an-event.js';
import { throwing } from '../support/hostile.js';
import { attributeOf, decodeLogs, plain, recordsOf, type LogRecord } from '../support/otlp.js';

const withoutUser = (): Encoder => logsEncoder('{}', '{}', undefined);

const textOf = (encoder: Encoder, events: readonly AnalyticsEvent[]): string =>
  String(encoder.encode({ ...createBatch(events, 1), createdAt: 5_000 }));

const recordsIn = (encoder: Encoder, patches: readonly Partial<AnalyticsEvent>[]): readonly LogRecord[] =>
  recordsOf(decodeLogs(textOf(encoder, patches.map(anEvent))));

const valuesOf = (records: readonly LogRecord[], name: string): readonly unknown[] =>
  records.map((record) => plain(attributeOf(record, name)));

describe('logsEncoder', () => {
  it('writes the resource and the scope as they are, around the records', () => {
    const encoder = logsEncoder('{"attributes":[]}', '{"name":"shop"}', undefined);
    expect(textOf(encoder, [])).to.equal(
      '{"resourceLogs":[{"resource":{"attributes":[]},"scopeLogs":[{"scope":{"name":"shop"},"logRecords":[]}]}]}',
    );
    expect(encoder).to.include({ contentType: 'application/json' }).and.not.have.any.keys('stamp');
  });

  it('writes each record with its own values, however those of its neighbours differ', () => {
    const patches: readonly Partial<AnalyticsEvent>[] = [
      { id: 'a', sessionId: 's1', category: 'usage', priority: 'low', weight: 1, timestamp: 1_000 },
      { id: 'b', sessionId: 's2', category: 'error', priority: 'high', weight: 2, timestamp: 2_000 },
      { id: 'c', sessionId: 's1', category: 'usage', priority: 'low', weight: 1, timestamp: 1_000 },
      { id: 'd', sessionId: 's1', category: 'usage', priority: 'low', weight: 1, timestamp: 1_000 },
    ];
    const records = recordsIn(withoutUser(), patches);
    expect(records.map(({ timeUnixNano }) => timeUnixNano)).to.deep.equal(['1000000000', '2000000000', '1000000000', '1000000000']);
    expect(valuesOf(records, 'log.record.uid')).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(valuesOf(records, 'session.id')).to.deep.equal(['s1', 's2', 's1', 's1']);
    expect(valuesOf(records, 'rx_event_collector.category')).to.deep.equal(['usage', 'error', 'usage', 'usage']);
    expect(valuesOf(records, 'rx_event_collector.priority')).to.deep.equal(['low', 'high', 'low', 'low']);
    expect(valuesOf(records, 'rx_event_collector.weight')).to.deep.equal([1, 2, 1, 1]);
    expect(valuesOf(records, 'sampler.adjusted_count')).to.deep.equal([1, 2, 1, 1]);
  });

  it('leaves out the session of an event without one', () => {
    const records = recordsIn(withoutUser(), [{ sessionId: 's' }, { sessionId: undefined }, { sessionId: '' }]);
    expect(records.map((record) => attributeOf(record, 'session.id'))).to.deep.equal([{ stringValue: 's' }, undefined, undefined]);
  });

  it('escapes ids and types', () => {
    const text = 'a "b"\n\\ü\u2028😀';
    const [record = {}] = recordsIn(withoutUser(), [{ id: text, type: text, sessionId: text }]);
    expect(record.eventName).to.equal(text);
    expect([...valuesOf([record], 'log.record.uid'), ...valuesOf([record], 'session.id')]).to.deep.equal([text, text]);
  });

  it('has no time of observation if neither the event nor the batch has a usable time', () => {
    const encoder = withoutUser();
    const [record] = recordsOf(decodeLogs(String(encoder.encode({ ...createBatch([anEvent({ timestamp: -1 })], 1), createdAt: NaN }))));
    expect(record).to.not.have.any.keys('timeUnixNano', 'observedTimeUnixNano');
  });

  it('computes the ids of each event once', () => {
    const asked: string[] = [];
    const encoder = logsEncoder('{}', '{}', ({ id }) => {
      asked.push(id);
      return id === 'b' ? undefined : { userId: `user of ${id}` };
    });
    const records = recordsIn(encoder, [{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
    expect(valuesOf(records, 'user.id')).to.deep.equal(['user of a', null, 'user of c']);
    expect(asked).to.deep.equal(['a', 'b', 'c']);
  });

  it('throws for an event without a type, and for a value that is not an event', () => {
    for (const type of [undefined, null, 5]) {
      const event = { ...anEvent(), type } as unknown as AnalyticsEvent;
      expect(() => textOf(withoutUser(), [event])).to.throw(TypeError, 'Expected an event with a type');
    }
    for (const event of [undefined, null]) expect(() => textOf(withoutUser(), [event as never])).to.throw(TypeError);
  });

  it('throws the exceptions of getters and of `user`', () => {
    const error = new Error('no');
    expect(() => textOf(withoutUser(), [anEvent({ data: throwing(error) })])).to.throw(error);
    const encoder = logsEncoder('{}', '{}', () => {
      throw error;
    });
    expect(() => textOf(encoder, [anEvent()])).to.throw(error);
  });

  it('writes a whole request after one that broke off', () => {
    const encoder = withoutUser();
    const whole = textOf(encoder, [anEvent()]);
    expect(() => textOf(encoder, [anEvent({ id: 'lost' }), anEvent({ data: throwing(new Error('no')) })])).to.throw('no');
    expect(textOf(encoder, [anEvent()])).to.equal(whole);
  });
});
