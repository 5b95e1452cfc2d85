import { expect } from 'chai';
import { NEVER, VirtualTimeScheduler } from 'rxjs';
import * as check from '../../lib/internal/check-option.js';

describe('formatValue', () => {
  it('shows primitives in full, and the kind of everything else', () => {
    expect([null, undefined, 5, -0.5, 7n, true, 'x', [1], {}, () => 1, Symbol('s')].map(check.formatValue)).to.deep.equal([
      '`null`',
      '`undefined`',
      '`5` (number)',
      '`-0.5` (number)',
      '`7` (bigint)',
      '`true` (boolean)',
      "`'x'` (string)",
      'an array',
      'an object',
      'a function',
      'a symbol',
    ]);
  });

  it('names promises, values that throw when read, and cuts long strings', () => {
    expect(check.formatValue(Promise.resolve())).to.equal('a Promise');
    expect(check.formatValue(check.UNREADABLE)).to.equal('a value that throws when read');
    expect(check.formatValue('x'.repeat(41))).to.equal(`\`'${'x'.repeat(40)}…'\` (string)`);
  });
});

describe('expectations', () => {
  const cases: readonly (readonly [check.Expectation, accepted: readonly unknown[], refused: readonly unknown[]])[] = [
    [check.aBoolean, [true, false], [0, 'true', null]],
    [check.anObject, [{}, new Map()], [null, [], 'x']],
    [check.anArray, [[]], [{}, 'x']],
    [check.aNonEmptyString, ['x'], ['', 5]],
    [check.anInteger(1), [1, 2 ** 53 - 1], [0, 1.5, 2 ** 53, Infinity, '1']],
    [check.anInteger(0, true), [0, Infinity], [-1, -Infinity, NaN]],
    [check.aNumber(0, 1), [0, 0.5, 1], [-0.1, 1.1, NaN, '0']],
    [check.aNumber(0), [0, 1e300], [Infinity]],
    [check.aDelay(1), [1, 2 ** 31 - 1, Infinity], [0, 2 ** 31, NaN, '1']],
    [check.anObservable, [NEVER], [{}, Promise.resolve()]],
    [check.aScheduler, [new VirtualTimeScheduler()], [{}, { now: Date.now }]],
    [check.oneOf(['a', 'b']), ['a', 'b'], ['c', undefined]],
  ];
  for (const [{ expected, accepts }, accepted, refused] of cases)
    it(`accept ${expected}, and nothing else`, () => {
      expect(accepted.map(accepts)).to.deep.equal(accepted.map(() => true));
      expect(refused.map(accepts)).to.deep.equal(refused.map(() => false));
    });
});

describe('checkArgument', () => {
  it('throws a TypeError with the name, the expectation and the value', () => {
    expect(() => {
      check.checkArgument('rate', -5, check.aNumber(0, 1));
    }).to.throw(TypeError, /^Expected `rate` to be a number from 0 to 1, got `-5` \(number\)$/);
    expect(() => {
      check.checkArgument('rate', 1, check.aNumber(0, 1));
    }).not.to.throw();
  });
});
