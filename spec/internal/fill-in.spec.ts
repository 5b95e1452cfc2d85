import { expect } from 'chai';
import { aBoolean, anInteger } from '../../lib/internal/check-option.js';
import { fillIn, type Shape } from '../../lib/internal/fill-in.js';

const SHAPE: Shape = { on: aBoolean, limits: { count: anInteger(1), bytes: anInteger(2) } };
const FALLBACK = { on: true, limits: { count: 1, bytes: 2 } };

/** What is wrong, each as a line. */
function faultsOf(value: unknown, shape = SHAPE): string[] {
  const faults: string[] = [];
  fillIn<unknown>(shape, value, FALLBACK, (path, got, { expected }) => faults.push(`${path}: ${expected}, not ${String(got)}`));
  return faults;
}

describe('fillIn', () => {
  it('takes what is left out from the fallback, at every level', () => {
    expect(fillIn(SHAPE, {}, FALLBACK)).to.deep.equal(FALLBACK);
    expect(fillIn(SHAPE, { limits: { bytes: 9 }, on: undefined }, FALLBACK)).to.deep.equal({ on: true, limits: { count: 1, bytes: 9 } });
  });

  it('gives the fallback itself where there is nothing, and frozen copies elsewhere', () => {
    const given = { limits: { count: 5 } };
    const filled = fillIn<typeof FALLBACK>(SHAPE, given, FALLBACK);
    expect(fillIn(SHAPE, undefined, FALLBACK)).to.equal(FALLBACK);
    expect(fillIn(SHAPE, { on: false }, FALLBACK).limits).to.equal(FALLBACK.limits);
    expect([Object.isFrozen(filled), Object.isFrozen(filled.limits), Object.isFrozen(given.limits)]).to.deep.equal([true, true, false]);
  });

  it('tells every fault with its path, and uses the fallback for it', () => {
    expect(faultsOf({ on: 1, limits: { count: 0, bytes: 2 } })).to.deep.equal([
      'on: a boolean, not 1',
      'limits.count: an integer ≥ 1, not 0',
    ]);
    expect(faultsOf({ limits: 5 })).to.deep.equal(['limits: an object, not 5']);
    expect(faultsOf(null)).to.deep.equal([': an object, not null']);
    expect(fillIn<unknown>(SHAPE, { on: 1, limits: [] }, FALLBACK, () => undefined)).to.deep.equal(FALLBACK);
  });

  it('tells keys that the shape does not have, those of every object included', () => {
    expect(faultsOf({ onn: true })).to.deep.equal(['onn: left out: the keys here are on, limits, not true']);
    expect(faultsOf(JSON.parse('{ "limits": { "__proto__": 1, "constructor": 2 } }'))).to.deep.equal([
      'limits.__proto__: left out: the keys here are count, bytes, not 1',
      'limits.constructor: left out: the keys here are count, bytes, not 2',
    ]);
  });

  it('throws for the first fault, unless told otherwise', () => {
    expect(() => fillIn(SHAPE, { on: 1, limits: 5 }, FALLBACK)).to.throw(TypeError, 'Expected `on` to be a boolean, got `1` (number)');
    expect(() => fillIn(SHAPE, 5, FALLBACK)).to.throw(TypeError, 'Expected `options` to be an object');
    expect(() => fillIn(SHAPE, { limits: { count: '1' } }, FALLBACK, undefined, 'here')).to.throw(TypeError, '`here.limits.count`');
  });
});
