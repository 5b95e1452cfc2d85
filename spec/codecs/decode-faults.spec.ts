import { expect } from 'chai';
import fc from 'fast-check';
import * as t from 'io-ts';
import { decodeFaults, type DecodeFault } from '../../lib/codecs/decode-faults.js';
import { eventCodec } from '../../lib/codecs/event-codec.js';
import { anEvent } from '../support/an-event.js';
import { leftOf } from './sides.js';

const faultsOf = (codec: t.Decoder<unknown, unknown>, value: unknown): readonly DecodeFault[] => decodeFaults(leftOf(codec.decode(value)));
/** Each fault as `path: expected`. */
const linesOf = (codec: t.Mixed, value: unknown): string[] => faultsOf(codec, value).map(({ path, expected }) => `${path}: ${expected}`);

const point = t.type({ x: t.number, y: t.number }, 'Point');
const named = t.type({ name: t.string }, 'Named');

describe('decodeFaults', () => {
  it('returns path, expected type and kind of value', () => {
    const codec = t.type({ items: t.array(t.type({ price: t.number })) });
    expect(faultsOf(codec, { items: [{ price: 1 }, { price: 'free' }] })).to.deep.equal([
      { path: 'items.1.price', expected: 'number', got: 'a string' },
    ]);
  });

  it('returns an empty path for the value itself', () => {
    expect(faultsOf(t.number, 'x')).to.deep.equal([{ path: '', expected: 'number', got: 'a string' }]);
  });

  for (const [got, value] of [
    ['undefined', undefined],
    ['null', null],
    ['a boolean', true],
    ['a number', 3],
    ['a number that is not finite', NaN],
    ['a bigint', 3n],
    ['a string', 'x'],
    ['an empty string', ''],
    ['a symbol', Symbol('x')],
    ['a function', () => 1],
    ['an array', []],
    ['an object', {}],
  ] as const) {
    it(`names the kind ${got}`, () => {
      expect(faultsOf(t.never, value)).to.deep.equal([{ path: '', expected: 'never', got }]);
    });
  }

  it('lists faults in the order of the codec', () => {
    const codec = t.type({ a: t.string, b: t.union([t.string, t.null]), c: t.string });
    expect(linesOf(codec, {})).to.deep.equal(['a: string', 'b: (string | null)', 'c: string']);
  });

  it('shortens a long name', () => {
    const codec = t.type({ long: t.literal('x'.repeat(1_000)) });
    expect(faultsOf(codec, {})[0]?.expected).to.have.length(201).and.to.match(/x…$/);
  });

  describe('in a union', () => {
    it('reports the union if no alternative has the kind of the value', () => {
      expect(linesOf(t.type({ at: t.union([t.number, t.string]) }), { at: null })).to.deep.equal(['at: (number | string)']);
      expect(linesOf(t.union([point, t.string]), 3)).to.deep.equal([': (Point | string)']);
    });

    it('reports the faults of the only alternative that has the kind of the value', () => {
      const codec = t.type({ at: t.union([t.null, point, t.undefined]) });
      expect(linesOf(codec, { at: { x: 1, y: '2' } })).to.deep.equal(['at.y: number']);
    });

    it('reports the union if several alternatives have the kind of the value', () => {
      expect(faultsOf(t.union([point, named]), { x: 1 })).to.deep.equal([{ path: '', expected: '(Point | Named)', got: 'an object' }]);
    });

    it('selects the alternative by its tag', () => {
      const codec = t.type({
        shape: t.union([t.type({ kind: t.literal('a'), a: t.number }), t.type({ kind: t.literal('b'), b: t.number })]),
      });
      expect(linesOf(codec, { shape: { kind: 'b', b: 'x' } })).to.deep.equal(['shape.b: number']);
      expect(linesOf(codec, { shape: { kind: 'c' } })[0]).to.match(/^shape: \(\{ kind: "a"/);
    });

    it('reports faults of unions within unions', () => {
      const inner = t.type({ size: t.union([t.number, t.literal('big')]) });
      expect(linesOf(t.union([t.null, inner]), { size: 'small' })).to.deep.equal(['size: (number | "big")']);
    });

    it('reports unions in an array separately', () => {
      expect(linesOf(t.array(t.union([t.number, t.null])), [1, 'x', null, 'y'])).to.deep.equal([
        '1: (number | null)',
        '3: (number | null)',
      ]);
    });

    it('leaves members’ numbers out of the path, also inside readonly, exact, refinement and recursion', () => {
      const union = t.union([t.null, t.type({ n: t.number })]);
      const refined = new t.RefinementType('Refined', union.is, union.validate, union.encode, union, () => true);
      const recursive = t.recursion('Recursive', () => union as t.Type<unknown>);
      for (const codec of [t.readonly(union), refined, recursive, t.readonly(t.readonly(union))]) {
        expect(linesOf(t.type({ at: codec }), { at: { n: 'x' } })).to.deep.equal(['at.n: number']);
      }
    });
  });

  describe('in an intersection', () => {
    it('reports each fault at its own path', () => {
      const codec = t.type({ who: t.intersection([point, named, t.partial({ age: t.number })]) });
      expect(linesOf(codec, { who: { x: 1, y: 'x', age: 'x' } })).to.deep.equal(['who.y: number', 'who.name: string', 'who.age: number']);
    });

    it('reports the intersection once if the value is of another kind', () => {
      expect(linesOf(t.type({ who: t.intersection([point, named], 'Who') }), { who: 3 })).to.deep.equal(['who: Who']);
      expect(linesOf(t.intersection([point, t.intersection([named, point])], 'Whole'), 3)).to.deep.equal([': Whole']);
    });

    it('reports a fault once if two members find it', () => {
      expect(linesOf(t.intersection([point, t.type({ x: t.number })]), { x: '1', y: 2 })).to.deep.equal(['x: number']);
    });
  });

  describe('without the value', () => {
    it('shows only keys that look like identifiers', () => {
      const codec = t.type({ tags: t.record(t.string, t.number) });
      const tags = { region: 'x', 'jane@example.com': 'x', '4111111111111111': 'x', 'a.b': 'x', [`x${'y'.repeat(40)}`]: 'x', '': 'x' };
      expect(linesOf(codec, { tags })).to.have.members(['tags.region: number', 'tags.*: number']);
    });

    it('shows keys of the codec and indexes unchanged', () => {
      const key = 'a key, by codec';
      expect(linesOf(t.type({ [key]: t.tuple([t.number]) }), { [key]: ['x'] })).to.deep.equal([`${key}.0: number`]);
      expect(linesOf(t.readonlyArray(t.number), [1, 'x'])).to.deep.equal(['1: number']);
    });

    it('drops messages of codecs', () => {
      const codec = new t.Type('Quoting', t.string.is, (u, c) => t.failure(u, c, `no ${String(u)}!`), t.identity);
      expect(JSON.stringify(faultsOf(codec, 's3cret'))).to.not.include('s3cret');
    });

    it('holds for every value', () => {
      const SECRET = 's3cret';
      const hiding = fc.letrec<{ value: unknown }>((tie) => ({
        value: fc.oneof(
          { depthSize: 'small' },
          fc.constant(SECRET),
          fc.integer(),
          fc.array(tie('value'), { maxLength: 3 }),
          fc.dictionary(fc.constantFrom('a', 'b', `${SECRET}@x`), tie('value'), { maxKeys: 3 }),
        ),
      })).value;
      const codec: t.Mixed = t.recursion('Node', (self: t.Mixed) =>
        t.union([t.type({ a: self, b: t.number }), t.array(self), t.record(t.string, self), t.null]),
      );
      fc.assert(
        fc.property(hiding, (data) => {
          const result = eventCodec(codec).decode(anEvent({ data }));
          if (result._tag === 'Left') expect(JSON.stringify(decodeFaults(result.left))).to.not.include(SECRET);
        }),
      );
    });
  });
});
