import { expect } from 'chai';
import { throwError } from 'rxjs';
import { createCollector } from '../../lib/collector/collector.js';
import { withBreaker } from '../../lib/features/with-breaker.js';
import { withDiagnostics } from '../../lib/features/with-diagnostics.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { fitted } from '../support/fitted.js';

const failing = (attempts: number[], now: () => number): EventSink => ({
  name: 'failing',
  process: () => {
    attempts.push(now());
    return throwError(() => new Error('no'));
  },
});
const lane = { retry: { jitter: 'none', baseDelayMs: 10, maxDelayMs: 10, maxAttempts: 4 } } as const;

describe('withBreaker', () => {
  it('stops attempts after failures in a row, for openMs', () => {
    const attempts: number[] = [];
    const states: unknown[] = [];
    fitted(
      { sinks: [failing(attempts, () => now())], lane, batch: { maxCount: 1 } },
      [withDiagnostics(), withBreaker({ failures: 2, openMs: 500 })],
      ({ collector, now: clock }) => {
        now = clock;
        collector.diagnostics$.subscribe((each) => {
          if (each.type === 'breaker') states.push([each.at, each.state]);
        });
        collector.track('a');
      },
    );
    expect(attempts).to.deep.equal([0, 10, 510, 1010]);
    expect(states.slice(0, 3)).to.deep.equal([
      [10, 'open'],
      [510, 'half-open'],
      [510, 'open'],
    ]);
  });

  it('can be disabled for all lanes; without the feature there is no breaker, and `lane.breaker` is unknown', () => {
    const attempts: number[] = [];
    const collector = fitted(
      { sinks: [failing(attempts, () => now())], lane: { ...lane, breaker: false }, batch: { maxCount: 1 } },
      [withBreaker({ failures: 1 })],
      (made) => {
        now = made.now;
        made.collector.track('a');
      },
    );
    expect(attempts).to.deep.equal([0, 10, 20, 30]);
    expect(collector.stats().sinks['failing']?.breaker).to.equal('off');
    expect(() => createCollector({ lane: { breaker: false } })).to.throw(TypeError, 'Unknown option `breaker`');
  });

  it('throws for invalid options', () => {
    expect(() => withBreaker({ failures: 0 })).to.throw(TypeError, 'Expected `failures` to be an integer ≥ 1');
  });
});

let now = (): number => 0;
