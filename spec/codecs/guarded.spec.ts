import { expect } from 'chai';
import * as t from 'io-ts';
import { guarded, UNREADABLE } from '../../lib/codecs/guarded.js';
import { leftOf, rightOf } from './sides.js';

/** A codec of positive numbers that throws for all others. */
const throwing = new t.Type<number, string, unknown>(
  'Throwing',
  (value): value is number => fail(value),
  (value) => t.success(fail(value)),
  String,
);
function fail(value: unknown): never {
  throw new Error(`secret ${String(value)}`);
}

describe('guarded', () => {
  it('decodes, checks and encodes as the inner codec does', () => {
    const inner = new t.Type<number, string, unknown>(
      'NumberFromString',
      t.number.is,
      (value, context) => (typeof value === 'string' ? t.success(Number(value)) : t.failure(value, context)),
      String,
    );
    const codec = guarded<number, string>('own', inner);
    expect(rightOf(codec.decode('7'))).to.equal(7);
    expect(leftOf(codec.decode(7))).to.have.length(1);
    expect([codec.is(7), codec.is('7'), codec.encode(7)]).to.deep.equal([true, false, '7']);
  });

  it('has its own name, and shows the inner codec as that of a `readonly`', () => {
    const codec = guarded('own', t.string);
    expect(codec).to.include({ name: 'own', _tag: 'ReadonlyType', type: t.string });
  });

  it('reports an error at the path of the value if the codec throws, without what was thrown', () => {
    const codec = t.type({ a: guarded('own', throwing) });
    const [error, ...others] = leftOf(codec.decode({ a: 7 }));
    expect(others).to.deep.equal([]);
    expect(error).to.include({ value: 7, message: UNREADABLE });
    expect(error?.context.map(({ key, type }) => `${key} ${type.name}`)).to.deep.equal([' { a: own }', 'a own']);
    expect(codec.is({ a: 7 })).to.equal(false);
  });

  describe('with a snapshot', () => {
    const inner = t.type({ a: t.number });
    let reads: number;
    const counted = {
      get a() {
        return (reads += 1);
      },
    };
    const codec = guarded('own', inner, { snapshot: ({ a }) => ({ a }) });

    beforeEach(() => {
      reads = 0;
    });

    it('reads a field once, and returns what was checked', () => {
      expect(rightOf(codec.decode(counted))).to.deep.equal({ a: 1 });
      expect(codec.is(counted)).to.equal(true);
      expect(reads).to.equal(2);
    });

    it('calls it for objects only', () => {
      const lenient = guarded('own', inner, { snapshot: () => ({ a: 1 }) });
      for (const value of [null, undefined, 7, 'a', [1]]) {
        expect(leftOf(lenient.decode(value)).map(({ message }) => message)).to.deep.equal([undefined]);
        expect(lenient.is(value)).to.equal(false);
      }
      expect(lenient.is({})).to.equal(true);
    });

    it('reports an object whose snapshot throws', () => {
      const broken = guarded('own', inner, { snapshot: fail });
      expect(leftOf(broken.decode({ a: 1 })).map(({ message }) => message)).to.deep.equal([UNREADABLE]);
      expect(broken.is({ a: 1 })).to.equal(false);
    });

    it('finishes a valid result, and no other', () => {
      const finished = guarded('own', inner, { snapshot: ({ a }) => ({ a }), finish: ({ a }) => ({ a: a + 1 }) });
      expect(rightOf(finished.decode({ a: 1 }))).to.deep.equal({ a: 2 });
      expect(leftOf(finished.decode({ a: '1' }))).to.have.length(1);
      const broken = guarded('own', inner, { snapshot: ({ a }) => ({ a }), finish: fail });
      expect(leftOf(broken.decode({ a: 1 })).map(({ message }) => message)).to.deep.equal([UNREADABLE]);
    });
  });
});
