import { expect } from 'chai';
import { throwError } from 'rxjs';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { withDiagnostics } from '../../lib/features/with-diagnostics.js';
import { withEnrichers } from '../../lib/features/with-enrichers.js';
import { fitted, inBackground } from '../support/fitted.js';

const broken = (): AnalyticsEvent => {
  throw new Error('no');
};

describe('withDiagnostics', () => {
  it('reports losses immediately, then at most once a second per kind, with counts', () => {
    const seen: unknown[] = [];
    fitted({}, [withDiagnostics()], ({ collector, at }) => {
      collector.diagnostics$.subscribe((each) => {
        if (each.type === 'loss') seen.push([each.at, each.reason, each.count]);
      });
      at(0, () => collector.track(''));
      at(10, () => collector.collectBatch([{ type: '' }, { type: '' }]));
      at(2_500, () => collector.track(''));
    });
    expect(seen).to.deep.equal([
      [0, 'invalid', 1],
      [1_000, 'invalid', 2],
      [2_500, 'invalid', 1],
    ]);
  });

  it('reports failed attempts, flushes and the shutdown, and completes', () => {
    const seen: string[] = [];
    const sink = { name: 'sink', process: () => throwError(() => new Error('no')) };
    fitted({ sinks: [sink], lane: { retry: { maxAttempts: 1 } } }, [withDiagnostics()], ({ collector }) => {
      collector.diagnostics$.subscribe({ next: ({ type }) => seen.push(type), complete: () => seen.push('complete') });
      collector.track('a');
      inBackground(collector.flush());
      inBackground(collector.shutdown());
    });
    expect(seen).to.deep.equal(['sink_error', 'loss', 'flush', 'shutdown', 'complete']);
  });

  it('is optional: without it the same losses are in the ledger only', () => {
    const collector = fitted({}, [withEnrichers(broken)], ({ collector: made }) => {
      expect(made.track('a')).to.equal('dropped');
    });
    expect(collector).to.not.have.property('diagnostics$');
    expect(collector.stats().dropped.enricher_error).to.equal(1);
  });
});
