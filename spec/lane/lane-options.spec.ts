import { expect } from 'chai';
import {
  aLaneStore,
  breakerRow,
  DROPPING_POLICIES,
  OVERFLOW_POLICIES,
  resolveLaneOptions,
  type LanePatch,
} from '../../lib/lane/lane-options.js';

describe('resolveLaneOptions', () => {
  it('has the documented defaults', () => {
    expect(resolveLaneOptions()).to.deep.equal({
      concurrency: 1,
      overflow: 'drop_lowest_priority',
      maxEvents: 10_000,
      timeoutMs: 10_000,
      split: true,
      retry: { maxAttempts: 5, maxElapsedMs: 300_000, baseDelayMs: 500, maxDelayMs: 30_000, maxSplits: 10, jitter: 'full' },
      breaker: { failures: 5, openMs: 30_000 },
      spool: undefined,
    });
  });

  it('gives each patch precedence over earlier ones; retry and breaker are merged', () => {
    const lane = resolveLaneOptions(
      { maxEvents: 5 },
      { concurrency: 2, retry: { maxAttempts: 1, baseDelayMs: 7 }, breaker: { failures: 9 } },
      undefined,
      { concurrency: 3, retry: { baseDelayMs: 8 }, breaker: { openMs: 10 } },
    );
    expect(lane).to.deep.include({ maxEvents: 5, concurrency: 3, breaker: { failures: 9, openMs: 10 } });
    expect(lane.retry).to.deep.equal({ ...resolveLaneOptions().retry, maxAttempts: 1, baseDelayMs: 8 });
  });

  it('treats undefined as left out', () => {
    const nothing = {
      concurrency: undefined,
      maxEvents: undefined,
      retry: { maxAttempts: undefined },
      breaker: undefined,
    } as unknown as LanePatch;
    expect(resolveLaneOptions({ concurrency: 2 }, nothing)).to.deep.equal({ ...resolveLaneOptions(), concurrency: 2 });
  });

  it('switches the breaker off, and on again with its defaults', () => {
    expect(resolveLaneOptions({ breaker: false }).breaker).to.equal(false);
    expect(resolveLaneOptions({ breaker: { failures: 2 } }, { breaker: false }).breaker).to.equal(false);
    expect(resolveLaneOptions({ breaker: false }, { breaker: { failures: 2 } }).breaker).to.deep.equal({ failures: 2, openMs: 30_000 });
  });

  it('leaves the defaults as they are', () => {
    resolveLaneOptions({ concurrency: 7, retry: { maxAttempts: 7 }, breaker: { failures: 7 } });
    expect(resolveLaneOptions()).to.deep.equal(resolveLaneOptions());
    expect(resolveLaneOptions()).to.deep.include({ concurrency: 1, breaker: { failures: 5, openMs: 30_000 } });
  });

  for (const lane of [
    { concurrency: Infinity },
    { timeoutMs: Infinity },
    { retry: { maxAttempts: Infinity, maxElapsedMs: Infinity } },
    { retry: { baseDelayMs: 0, maxDelayMs: 0, maxElapsedMs: 0 } },
    { breaker: { failures: 1, openMs: Infinity } },
  ] satisfies LanePatch[]) {
    it(`accepts ${JSON.stringify(lane, (_key, value: unknown) => (value === Infinity ? 'Infinity' : value))}`, () => {
      expect(() => resolveLaneOptions(lane)).not.to.throw();
    });
  }

  it('refuses unknown options at every level, and suggests the nearest name', () => {
    const cases: [path: string, patch: object, meant: string][] = [
      ['retries', { retries: 3 }, 'retry'],
      ['retry.maxAttempt', { retry: { maxAttempt: 3 } }, 'retry.maxAttempts'],
      ['breaker.openMS', { breaker: { openMS: 3 } }, 'breaker.openMs'],
    ];
    for (const [path, patch, meant] of cases) {
      expect(() => resolveLaneOptions(patch)).to.throw(TypeError, `Unknown option \`${path}\`. Did you mean \`${meant}\`? Options: `);
    }
  });

  for (const [name, values] of Object.entries({
    concurrency: [0, 1.5, -1, NaN, '1', null],
    overflow: ['drop', '', null, 1],
    maxEvents: [0, -1, 1.5, Infinity, NaN, '10'],
    timeoutMs: [0, -1, NaN, 2 ** 31, '5'],
    retry: [null, 5, true],
    'retry.maxAttempts': [0, 1.5, NaN],
    'retry.maxElapsedMs': [-1, NaN, 2 ** 31],
    'retry.baseDelayMs': [-1, NaN],
    'retry.maxDelayMs': [-1, NaN, Infinity, 2 ** 31],
    'retry.jitter': ['some', true, null],
    breaker: [null, true, 5],
    'breaker.failures': [0, 1.5, Infinity],
    'breaker.openMs': [0, -1, NaN],
  })) {
    it(`throws for a ${name} outside its range, and names it`, () => {
      for (const value of values) {
        const [outer = '', inner] = name.split('.');
        const patch = { [outer]: inner === undefined ? value : { [inner]: value } } as LanePatch;
        expect(() => resolveLaneOptions(patch), String(value)).to.throw(TypeError, `Expected \`${name}\` to be `);
      }
    });
  }
});

describe('DROPPING_POLICIES', () => {
  it('are the ones that need no collector, the default first', () => {
    expect(DROPPING_POLICIES).to.deep.equal(['drop_lowest_priority', 'drop_oldest', 'drop_newest']);
    expect(OVERFLOW_POLICIES).to.deep.equal([...DROPPING_POLICIES, 'block']);
  });
});

describe('breakerRow', () => {
  const row = breakerRow();

  it('accepts an object or false', () => {
    expect(row.expected).to.equal('an object or false');
    expect([false, {}, { failures: 1 }, true, null, 5, undefined].map((value) => row.accepts(value))).to.deep.equal([
      ...[true, true, true],
      ...[false, false, false, false],
    ]);
  });

  it('fills in the values of a base, then the defaults, unless the base is `false`', () => {
    if (!('parse' in row)) throw new Error('expected a table');
    const defaults = { failures: 5, openMs: 30_000 };
    expect(row.parse(false)).to.equal(false);
    expect(row.parse({ failures: 2 })).to.deep.equal({ ...defaults, failures: 2 });
    expect(row.parse({ failures: 2 }, { base: { failures: 9, openMs: 7 } })).to.deep.equal({ failures: 2, openMs: 7 });
    expect(row.parse({}, { base: false })).to.deep.equal(defaults);
  });
});

describe('aLaneStore', () => {
  it('has `open` and `createLane`', () => {
    const [open, createLane] = [() => undefined, () => undefined];
    const values = [{ open, createLane }, { open }, { createLane }, {}, undefined, { open: 1, createLane }, { open, createLane: 1 }];
    expect(values.map((value) => aLaneStore.accepts(value))).to.deep.equal([true, false, false, false, false, false, false]);
  });
});
