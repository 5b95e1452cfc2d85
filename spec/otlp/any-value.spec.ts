import { expect } from 'chai';
import { toJson } from '../../lib/internal/json-value.js';
import { anyValueJson } from '../../lib/otlp/any-value.js';

/** The written form of the value; `undefined` if it is left out. */
function written(value: unknown): unknown {
  const json = anyValueJson(value);
  return json === undefined ? undefined : (JSON.parse(json) as unknown);
}

const text = (stringValue: string): object => ({ stringValue });
const list = (...values: readonly unknown[]): object => ({ arrayValue: { values } });
const map = (...pairs: readonly (readonly [key: string, value: unknown])[]): object => ({
  kvlistValue: { values: pairs.map(([key, value]) => ({ key, value })) },
});

describe('anyValueJson', () => {
  it('writes safe integers as integers, and all other finite numbers as doubles', () => {
    expect(written(5)).to.deep.equal({ intValue: '5' });
    expect(written(-0)).to.deep.equal({ intValue: '0' });
    expect(written(Number.MAX_SAFE_INTEGER)).to.deep.equal({ intValue: '9007199254740991' });
    expect(written(0.5)).to.deep.equal({ doubleValue: 0.5 });
    // 64 bits can't hold it.
    expect(written(1e300)).to.deep.equal({ doubleValue: 1e300 });
    expect(written(2 ** 53)).to.deep.equal({ doubleValue: 2 ** 53 });
  });

  it('writes texts, booleans and null', () => {
    expect(written('a"\u0000ü😀')).to.deep.equal(text('a"\u0000ü😀'));
    expect([written(true), written(false)]).to.deep.equal([{ boolValue: true }, { boolValue: false }]);
    expect(written(null)).to.deep.equal({});
  });

  it('writes arrays and objects with their order and the empty key', () => {
    expect(written([1, ['a']])).to.deep.equal(list({ intValue: '1' }, list(text('a'))));
    expect(written({ b: 1, '': {}, a: [] })).to.deep.equal(map(['b', { intValue: '1' }], ['', map()], ['a', list()]));
  });

  it('writes keys that differ only in lone surrogates once, with the last value', () => {
    expect(written({ 'a\ud800': 1, b: 2, 'a\ud801': 3 })).to.deep.equal(map(['a\ufffd', { intValue: '3' }], ['b', { intValue: '2' }]));
    expect(written({ 'a\ufffd': 1, 'a\udc00': 2 })).to.deep.equal(map(['a\ufffd', { intValue: '2' }]));
    expect(written([{ '\ud800\udc00': 1, 'a\ud800': { '\udfff': 2, '\ud800': undefined } }])).to.deep.equal(
      list(map(['\u{10000}', { intValue: '1' }], ['a\ufffd', map()])),
    );
    for (const value of [
      { 'a\ud800': 1, 'a\ud801': 2 },
      { 'a\ud800': 1, 'a\ud801': () => 2 },
      { 'a\ud800': 1n, 'a\ud801': 2n },
    ]) {
      const { kvlistValue } = written(value) as { kvlistValue: { values: readonly { key: string }[] } };
      expect(kvlistValue.values.map(({ key }) => key)).to.deep.equal(Object.keys(JSON.parse(toJson(value)) as object));
    }
  });

  it('leaves out values that JSON leaves out', () => {
    expect([undefined, Symbol('s'), () => 1].map(written)).to.deep.equal([undefined, undefined, undefined]);
    expect(written({ a: undefined, b: Symbol('s'), c: () => 1, d: 1 })).to.deep.equal(map(['d', { intValue: '1' }]));
    expect(written([undefined, () => 1])).to.deep.equal(list({}, {}));
    expect([NaN, Infinity, -Infinity].map(written)).to.deep.equal([{}, {}, {}]);
  });

  it('writes the values of docs/values.md', () => {
    expect(written(2n ** 64n)).to.deep.equal(text('18446744073709551616'));
    expect(written(new Date(0))).to.deep.equal(text('1970-01-01T00:00:00.000Z'));
    expect(written({ at: new Date(0), never: new Date(NaN) })).to.deep.equal(map(['at', text('1970-01-01T00:00:00.000Z')], ['never', {}]));
    expect(written(new URL('https://example.org/'))).to.deep.equal(text('https://example.org/'));
    expect(written(/a/g)).to.deep.equal(text('/a/g'));
    expect(written(new Set([1, 'a']))).to.deep.equal(list({ intValue: '1' }, text('a')));
    expect(written(new Map([['a', 1n]]))).to.deep.equal(map(['a', text('1')]));
    expect(written(new Map([[1, 2]]))).to.deep.equal(list(list({ intValue: '1' }, { intValue: '2' })));
    expect(written({ toJSON: () => ({ a: 1 }) })).to.deep.equal(map(['a', { intValue: '1' }]));
    expect(written('\ud83d')).to.deep.equal(text('\ufffd'));
    expect(written({ '\ud83d': 1 })).to.deep.equal(map(['\ufffd', { intValue: '1' }]));
    const error = Object.assign(new TypeError('declined'), { code: 'E', stack: 'here' });
    expect(written(error)).to.deep.equal(
      map(['name', text('TypeError')], ['message', text('declined')], ['stack', text('here')], ['code', text('E')]),
    );
    const cycle: Record<string, unknown> = { a: 1 };
    cycle['self'] = cycle;
    expect(written(cycle)).to.deep.equal(map(['a', { intValue: '1' }], ['self', text('[Circular]')]));
  });

  it('writes bytes as bytes', () => {
    const bytes = new Uint8Array([82, 88]);
    expect([bytes, bytes.buffer, Buffer.from(bytes)].map(written)).to.deep.equal(new Array(3).fill({ bytesValue: 'Ulg=' }));
    expect(written({ receipt: bytes, n: 1n })).to.deep.equal(map(['receipt', { bytesValue: 'Ulg=' }], ['n', text('1')]));
    expect(written({ toJSON: () => bytes })).to.deep.equal({ bytesValue: 'Ulg=' });
  });

  it('writes an object or array below 30 levels as the text of its JSON', () => {
    const nested = (levels: number, inner: unknown): unknown => (levels === 0 ? inner : [nested(levels - 1, inner)]);
    expect(anyValueJson(nested(30, 1))).to.not.include('stringValue');
    expect(anyValueJson(nested(30, { a: [1] }))).to.include('{"stringValue":"{\\"a\\":[1]}"}');
    expect(anyValueJson(nested(30, { a: 1n, b: new Uint8Array([82, 88]) }))).to.include(
      '{"stringValue":"{\\"a\\":\\"1\\",\\"b\\":\\"Ulg=\\"}"}',
    );
    expect(anyValueJson(nested(400, 'deep'))).to.include('deep');
  });

  it('throws for values that cannot be read', () => {
    const nested = (levels: number): unknown => {
      let value: unknown = 1;
      for (let level = 0; level < levels; level += 1) value = [value];
      return value;
    };
    expect(() => anyValueJson(nested(100_000))).to.throw(RangeError);
    expect(() =>
      anyValueJson({
        toJSON: () => {
          throw new Error('mine');
        },
      }),
    ).to.throw('mine');
  });
});
