import { expect } from 'chai';
import fc from 'fast-check';
import { SinkError, type SinkErrorKind } from '../../lib/errors/sink-error.js';
import { backOffMs, MAX_RETRY_AFTER_MS, nextAttempt } from '../../lib/lane/back-off.js';
import { resolveLaneOptions } from '../../lib/lane/lane-options.js';

const RETRY = { maxAttempts: 3, maxElapsedMs: 10_000, baseDelayMs: 100, maxDelayMs: 1_000, maxSplits: 10, jitter: 'none' } as const;

describe('backOffMs', () => {
  it('doubles with each failure, up to its bound', () => {
    const delays = [1, 2, 3, 4, 5, 6, 50, 2_000].map((failures) => backOffMs(RETRY, failures, Math.random));
    expect(delays).to.deep.equal([100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]);
  });

  it('draws from the whole of it with full jitter', () => {
    const full = { ...RETRY, jitter: 'full' } as const;
    for (const draw of [0, 0.25, 0.999]) expect(backOffMs(full, 3, () => draw)).to.equal(400 * draw);
  });

  it('waits not at all with a base of 0, however often it failed', () => {
    for (const failures of [1, 2, 1_024, 1_025, 1_000_000])
      expect(backOffMs({ ...RETRY, baseDelayMs: 0 }, failures, Math.random)).to.equal(0);
  });

  it('is a delay that a timer supports, for any arguments', () => {
    const aDelay = fc.double({ min: 0, max: 2 ** 31 - 1, noNaN: true });
    fc.assert(
      fc.property(
        aDelay,
        aDelay,
        fc.integer({ min: 1, max: 5_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (baseDelayMs, maxDelayMs, failures, draw) => {
          const delayMs = backOffMs({ ...resolveLaneOptions().retry, baseDelayMs, maxDelayMs }, failures, () => draw);
          expect(delayMs).to.be.within(0, maxDelayMs);
        },
      ),
    );
  });
});

describe('nextAttempt', () => {
  const next = (error: SinkError, attempts: number, { now = 1_000, firstAttemptAt = 1_000, retry = {} } = {}) =>
    nextAttempt(error, { attempts, firstAttemptAt }, { ...RETRY, ...retry }, now, Math.random);
  const failed = (kind: SinkErrorKind, options?: ConstructorParameters<typeof SinkError>[2]) => new SinkError(kind, 'failed', options);

  it('follows after the back-off', () => {
    expect(next(failed('write_failed'), 1)).to.deep.equal({ delayMs: 100, isRequested: false });
    expect(next(failed('write_failed'), 2)).to.deep.equal({ delayMs: 200, isRequested: false });
  });

  for (const kind of ['rejected', 'too_large'] as const) {
    it(`never follows ${kind}, even if the sink marks the error as retryable`, () => {
      expect(next(failed(kind), 1)).to.equal(undefined);
      expect(next(failed(kind, { retryable: true, retryAfterMs: 0 }), 1)).to.equal(undefined);
    });
  }

  for (const kind of ['unavailable', 'write_failed', 'timeout', 'flush_failed'] as const) {
    it(`does not follow ${kind} if the sink marks the error as final`, () => {
      expect(next(failed(kind, { retryable: false }), 1)).to.equal(undefined);
    });
  }

  for (const kind of ['write_failed', 'flush_failed'] as const) {
    it(`follows ${kind} up to maxAttempts, regardless of the time`, () => {
      expect(next(failed(kind), 2, { now: 1_000_000 })).to.deep.equal({ delayMs: 200, isRequested: false });
      expect(next(failed(kind), 3)).to.equal(undefined);
    });
  }

  for (const kind of ['unavailable', 'timeout'] as const) {
    it(`follows ${kind} within maxElapsedMs, and no wait starts that would end later`, () => {
      expect(next(failed(kind), 1_000, { now: 10_000 })).to.deep.equal({ delayMs: 1_000, isRequested: false });
      expect(next(failed(kind), 1_000, { now: 10_001 })).to.equal(undefined);
    });
  }

  it('follows after the delay that the sink requests, shorter or longer than the back-off', () => {
    expect(next(failed('unavailable', { retryAfterMs: 5 }), 5)).to.deep.equal({ delayMs: 5, isRequested: true });
    expect(next(failed('write_failed', { retryAfterMs: 5_000 }), 1)).to.deep.equal({ delayMs: 5_000, isRequested: true });
  });

  it('follows after at least a millisecond beyond maxAttempts, so that an outage ends within maxElapsedMs', () => {
    const retry = { baseDelayMs: 0 };
    expect(next(failed('unavailable'), 2, { retry })?.delayMs).to.equal(0);
    expect(next(failed('unavailable'), 3, { retry })?.delayMs).to.equal(1);
    expect(next(failed('write_failed'), 1, { retry })?.delayMs).to.equal(0);
  });

  it('waits 100 ms when the sink names no wait at all', () => {
    expect(next(failed('timeout', { retryAfterMs: 0 }), 3)).to.deep.equal({ delayMs: 100, isRequested: true });
    expect(next(failed('write_failed', { retryAfterMs: 0.4 }), 1)?.delayMs).to.equal(100);
  });

  it('follows within five minutes, even if the sink requests more', () => {
    expect(MAX_RETRY_AFTER_MS).to.equal(300_000);
    for (const retryAfterMs of [300_001, Infinity]) expect(next(failed('unavailable', { retryAfterMs }), 1)?.delayMs).to.equal(300_000);
  });

  it('follows after the back-off if the requested delay is invalid', () => {
    for (const retryAfterMs of [-1, NaN])
      expect(next(failed('unavailable', { retryAfterMs }), 1)).to.deep.equal({ delayMs: 100, isRequested: false });
  });
});
