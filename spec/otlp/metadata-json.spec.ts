import { expect } from 'chai';
import { metadataWriter, type MetadataJson } from '../../lib/otlp/metadata-json.js';
import { throwing } from '../support/hostile.js';
import { plain, type KeyValue } from '../support/otlp.js';

describe('metadataWriter', () => {
  /** The attributes, read back. */
  function attributesIn({ attributes }: MetadataJson): Readonly<Record<string, unknown>> {
    const pairs = JSON.parse(`[{}${attributes}]`) as readonly KeyValue[];
    return Object.fromEntries(pairs.slice(1).map(({ key = '', value }) => [key, plain(value)]));
  }

  const fieldsIn = ({ fields }: MetadataJson): unknown => JSON.parse(`{"":0${fields}}`);

  const written = (metadata: unknown, hasUser = true): MetadataJson => metadataWriter(hasUser)(metadata);

  it('writes nothing for an empty object, and for a value that is not an object', () => {
    for (const metadata of [{}, [], undefined, null, 'text', 5, true])
      expect(written(metadata)).to.deep.equal({ metadata, attributes: '', fields: '' });
  });

  it('writes each property as an attribute, in order', () => {
    const metadata = { os: 'linux', 'a "key"': 1, tags: ['a'], none: null };
    const result = written(metadata);
    expect(Object.entries(attributesIn(result))).to.deep.equal(Object.entries(metadata));
    expect(result.fields).to.equal('');
  });

  it('writes names that differ only in lone surrogates once, with the last value', () => {
    const metadata = { 'a\ud800': 1, os: 'linux', 'a\ud801': 2, '': 3 };
    const result = written(metadata);
    expect(JSON.parse(`[{}${result.attributes}]`)).to.have.lengthOf(3);
    expect(attributesIn(result)).to.deep.equal({ 'a\ufffd': 2, os: 'linux' });
    expect(fieldsIn(result)).to.deep.equal({ '': 0, droppedAttributesCount: 1 });
    expect(result.metadata).to.equal(metadata);
  });

  it('leaves out values that JSON leaves out, and does not count them', () => {
    expect(written({ a: undefined, b: () => 1, c: Symbol('c') })).to.include({ attributes: '', fields: '' });
  });

  it('counts names that the encoder sets itself, and the empty name, in place of writing them', () => {
    const names = ['log.record.uid', 'session.id', 'session.previous_id', 'sampler.adjusted_count'];
    const own = ['category', 'priority', 'weight'].map((name) => `rx_event_collector.${name}`);
    const result = written(Object.fromEntries([...names, ...own, '', 'session'].map((name) => [name, 'x'])));
    expect(attributesIn(result)).to.deep.equal({ session: 'x' });
    expect(fieldsIn(result)).to.deep.equal({ '': 0, droppedAttributesCount: 8 });
  });

  it('writes the context of a span as fields, beside the count', () => {
    const traceId = '5b8efff798038103d269b633813fc60c';
    const result = written({ '': 1, traceId, spanId: 'eee19b7ec3c1b174', traceFlags: 1, os: 'linux' });
    expect(attributesIn(result)).to.deep.equal({ os: 'linux' });
    expect(fieldsIn(result)).to.deep.equal({ '': 0, droppedAttributesCount: 1, flags: 1, traceId, spanId: 'eee19b7ec3c1b174' });
  });

  it('writes the ids under the names of the conventions if they are the user', () => {
    const metadata = { anonymousId: 7, userId: 'ada', os: 'linux' };
    expect(attributesIn(written(metadata))).to.deep.equal({ os: 'linux', 'user.id': 'ada', 'enduser.pseudo.id': '7' });
    expect(attributesIn(written(metadata, false))).to.deep.equal(metadata);
  });

  it('writes an id of the conventions once', () => {
    const { attributes } = written({ 'user.id': 'first', userId: 'second' });
    expect(JSON.parse(`[{}${attributes}]`)).to.deep.equal([{}, { key: 'user.id', value: { stringValue: 'first' } }]);
  });

  it('writes the id of the user if the name of the conventions has no value', () => {
    for (const value of [undefined, () => 1])
      expect(attributesIn(written({ 'user.id': value, userId: 'ada' }))).to.deep.equal({ 'user.id': 'ada' });
  });

  it('throws the exception of a getter', () => {
    const error = new Error('no');
    expect(() => written(throwing(error))).to.throw(error);
  });

  it('reads a constant object twice, and then no more', () => {
    let reads = 0;
    const metadata = new Proxy(Object.freeze({ os: 'linux' }), {
      get(target, name, receiver) {
        if (name === 'os') reads += 1;
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
    const write = metadataWriter(true);
    const results = [metadata, metadata, metadata, metadata].map(write);
    expect(results.map(attributesIn)).to.deep.equal(Array(4).fill({ os: 'linux' }));
    expect(reads).to.equal(2);
  });

  it('reads an object each time that may change', () => {
    const inner = { n: 1 };
    const changing = { n: 1 };
    const objects: Readonly<Record<string, object>> = {
      'not frozen': changing,
      'frozen with an object in it': Object.freeze({ inner }),
      'frozen with a getter': Object.freeze({
        get n() {
          return inner.n;
        },
      }),
    };
    for (const [name, metadata] of Object.entries(objects)) {
      const write = metadataWriter(true);
      inner.n = changing.n = 1;
      for (let time = 0; time < 3; time += 1) expect(write(metadata).attributes, name).to.contain('"intValue":"1"');
      inner.n = changing.n = 2;
      expect(write(metadata).attributes, name).to.contain('"intValue":"2"');
    }
  });

  it('writes the metadata at hand after that of a constant object', () => {
    const write = metadataWriter(true);
    const shared = Object.freeze({ os: 'linux' });
    const systems = [shared, shared, { os: 'other' }, undefined, shared].map((metadata) => attributesIn(write(metadata)).os);
    expect(systems).to.deep.equal(['linux', 'linux', 'other', undefined, 'linux']);
  });
});
