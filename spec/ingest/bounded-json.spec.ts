import { expect } from 'chai';
import fc from 'fast-check';
import { BoundedJson } from '../../lib/ingest/bounded-json.js';

describe('BoundedJson', () => {
  const parse = (text: string, depth = 30, nodes = 1_000, maxItems?: number) =>
    new BoundedJson({ depth, nodes }, maxItems).parse(new TextEncoder().encode(text));

  it('returns the same as JSON.parse if nothing is too deep', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8, noUnicodeString: false }), fc.constantFrom(undefined, 1, '\t'), (text, space) => {
        const value: unknown = JSON.parse(text);
        expect(parse(JSON.stringify(value, null, space), 30, 1_000_000)).to.deep.equal(value);
      }),
    );
  });

  it('empties values nested deeper than an event in a batch may be, and keeps their siblings', () => {
    expect(parse('{"a":{"b":{"c":{"d":[1,{"e":2}]},"f":3}}}', 1)).to.deep.equal({ a: { b: { c: {}, f: 3 } } });
    expect(parse('[[[[1]],[["x"],2]]]', 1)).to.deep.equal([[[[]], [[], 2]]]);
  });

  it('ignores brackets in strings', () => {
    const value = ['[[[[[{{{{', '\\', '"[[[[', '\\"', ':'.repeat(2_000), ','.repeat(2_000)];
    expect(parse(JSON.stringify(value), 1, 10, 10)).to.deep.equal(value);
  });

  it('throws for text that JSON.parse refuses', () => {
    const texts = ['', '[', ']', '[}', '{"a":}', '"', '"\\', '[1,]', '[[[[[[[[1', `${'['.repeat(50)}1`, ']]]][[[['];
    for (const text of texts) expect(() => parse(text, 1), text).to.throw(SyntaxError);
    expect(() => new BoundedJson({ depth: 1, nodes: 1 }).parse(new Uint8Array([0x22, 0xff, 0x22]))).to.throw(TypeError);
  });

  it('counts the keys, objects and lists of all its texts', () => {
    const json = new BoundedJson({ depth: 30, nodes: 6 });
    const text = () => new TextEncoder().encode('{"a":[1,2,3]}');
    expect([json.parse(text()), json.parse(text())]).to.deep.equal([{ a: [1, 2, 3] }, { a: [1, 2, 3] }]);
    expect(() => json.parse(text()))
      .to.throw('Expected at most 6')
      .that.includes({ status: 413, code: 'TOO_COMPLEX' });
  });

  it('limits the length of a list at the top level only', () => {
    expect(parse('[1,[2,3,4],"5,6"]', 30, 1_000, 3)).to.deep.equal([1, [2, 3, 4], '5,6']);
    expect(() => parse('[1,2,3,4]', 30, 1_000, 3)).to.throw('at most 3 events');
    expect(parse('{"a":1,"b":2,"c":3,"d":[1,2,3,4]}', 30, 1_000, 3)).to.have.property('d');
  });
});
