import { expect } from 'chai';
import type { BodyFormat } from '../../lib/ingest/body-format.js';
import { resolveLimits, type IngestLimitsPatch } from '../../lib/ingest/ingest-limits.js';
import { parseBody } from '../../lib/ingest/parse-body.js';
import { Refusal } from '../../lib/ingest/refusal.js';

describe('parseBody', () => {
  const parse = (text: string, format: BodyFormat = 'json', limits: IngestLimitsPatch = {}) =>
    parseBody(new TextEncoder().encode(text), format, resolveLimits(limits));

  const refusalOf = (text: string, format?: BodyFormat, limits?: IngestLimitsPatch): string => {
    try {
      return JSON.stringify(parse(text, format, limits));
    } catch (error) {
      if (error instanceof Refusal) return `${String(error.status)} ${error.code}: ${error.message}`;
      throw error;
    }
  };

  const cloudEvent = (id: string): object => ({ specversion: '1.0', id, source: '/s', type: 'a' });

  describe('of JSON', () => {
    it('returns any items of a list in order', () => {
      const values = [{ type: 'a' }, 7, null, ['nested'], { events: [1] }];
      expect(parse(JSON.stringify(values))).to.deep.equal(values.map((value) => ({ value })));
      expect([parse('[]'), parse('{"events":[]}')]).to.deep.equal([[], []]);
    });

    it('passes the time of a batch on to each of its events, unchecked', () => {
      expect(parse('{"events":[{"type":"a"},{"type":"b"}],"sentAt":"soon"}')).to.deep.equal([
        { value: { type: 'a' }, sentAt: 'soon' },
        { value: { type: 'b' }, sentAt: 'soon' },
      ]);
    });

    it('treats an object as an event if `events` is not a list, or if it has its own type', () => {
      for (const value of [{}, { events: 'a' }, { events: { length: 1 } }, { events: [1], type: null }]) {
        expect(parse(JSON.stringify(value))).to.deep.equal([{ value }]);
      }
    });

    it('reports the expected value for a text, a number or a boolean', () => {
      for (const text of ['"{}"', '7', 'true'])
        expect(refusalOf(text)).to.equal('400 BODY_UNREADABLE: Expected an event, a list of events or a batch');
    });

    it('does not quote a text that it cannot parse', () => {
      expect(refusalOf('[secret]')).to.equal('400 BODY_UNREADABLE: Expected JSON in UTF-8');
    });

    it('limits the events of a list and of a batch, and nothing else', () => {
      const limits = { events: 2 };
      expect([parse('[1,2]', 'json', limits), parse('{"events":[1,2]}', 'json', limits)].map(({ length }) => length)).to.deep.equal([2, 2]);
      for (const text of ['[1,2,3]', '{"events":[1,2,3]}'])
        expect(refusalOf(text, 'json', limits)).to.equal('413 TOO_MANY_EVENTS: Expected at most 2 events');
      expect(parse('{"type":"a","data":[1,2,3]}', 'json', limits)).to.have.length(1);
      expect(parse('[[1,2,3]]', 'json', limits)).to.have.length(1);
    });
  });

  describe('of NDJSON', () => {
    it('returns one item a line, and a fault for an invalid one', () => {
      const faults = [{ path: '', expected: 'JSON in UTF-8', got: 'something else' }];
      expect(parse('{"a":1}\n{\n\t [2] \r\n"x"', 'ndjson')).to.deep.equal([
        { value: { a: 1 } },
        { faults },
        { value: [2] },
        { value: 'x' },
      ]);
    });

    it('reports invalid UTF-8 in the line that has it', () => {
      const bytes = new Uint8Array([0x31, 0x0a, 0x22, 0xff, 0x22, 0x0a, 0x33]);
      const items = parseBody(bytes, 'ndjson', resolveLimits());
      expect(items.map((item) => item.value)).to.deep.equal([1, undefined, 3]);
    });

    it('does not count blank lines as events', () => {
      expect(parse('\n \n1\r\n\t\r\n2\n\n', 'ndjson', { events: 2 })).to.deep.equal([{ value: 1 }, { value: 2 }]);
      expect(refusalOf('1\n2\n3', 'ndjson', { events: 2 })).to.equal('413 TOO_MANY_EVENTS: Expected at most 2 events');
    });

    it('refuses more than a million blank lines, not counting the ends of other lines', () => {
      const lines = (blank: number): string => `1\n${'\n'.repeat(blank)}2\n`;
      expect(parse(lines(1_000_000), 'ndjson')).to.have.length(2);
      expect(refusalOf(lines(1_000_001), 'ndjson')).to.equal('413 TOO_MANY_LINES: Expected at most 1000000 blank lines');
    });

    it('allows lists longer than the number of events', () => {
      expect(parse('[1,2,3]', 'ndjson', { events: 1 })).to.deep.equal([{ value: [1, 2, 3] }]);
    });

    it('refuses the body as a whole if its lines have too many keys together', () => {
      expect(parse('{"a":1}\n{"a":1}', 'ndjson', { nodes: 4 })).to.have.length(2);
      expect(refusalOf('{"a":1}\n{"a":1}\n[]', 'ndjson', { nodes: 4 })).to.match(/^413 TOO_COMPLEX: /);
    });
  });

  describe('of CloudEvents', () => {
    it('converts one event, or each one of a list', () => {
      const [one] = parse(JSON.stringify(cloudEvent('1')), 'cloudevent');
      expect(one?.value).to.include({ id: '1', type: 'a' });
      const many = parse(JSON.stringify([cloudEvent('1'), 7, cloudEvent('2')]), 'cloudevents-batch');
      expect(many.map(({ key, faults }) => key ?? faults?.[0]?.got)).to.deep.equal(['["/s","1"]', 'a number', '["/s","2"]']);
    });

    it('treats a list as one invalid event in the format of one event', () => {
      expect(parse(JSON.stringify([cloudEvent('1')]), 'cloudevent').map(({ faults }) => faults?.[0]?.got)).to.deep.equal(['an array']);
    });

    it('names the format if a batch is not a list', () => {
      expect(refusalOf(JSON.stringify(cloudEvent('1')), 'cloudevents-batch')).to.equal(
        '400 BODY_UNREADABLE: Expected a list of CloudEvents',
      );
    });

    it('counts the keys within metadata against the limit of the body', () => {
      const event = JSON.stringify({ ...cloudEvent('1'), metadata: '{"a":{"b":{}}}' });
      expect(parse(event, 'cloudevent', { nodes: 11 })).to.have.length(1);
      expect(refusalOf(event, 'cloudevent', { nodes: 10 })).to.match(/^413 TOO_COMPLEX: /);
    });
  });
});
