import { expect } from 'chai';
import type { Diagnostics } from '../../lib/collector/diagnostics.js';
import { Recorder } from '../../lib/collector/recorder.js';
import { expectBalancedStats } from '../support/books.js';

/** A recorder, and what its places were called with. */
function setUp() {
  const recorder = new Recorder();
  const losses: unknown[] = [];
  const diagnostics: Diagnostics = {
    report: () => undefined,
    loss: (count, reason) => losses.push([count, reason]),
    sinkError: () => undefined,
    storeError: () => undefined,
    callbackError: () => undefined,
    invalidConsent: () => undefined,
    complete: () => undefined,
  };
  recorder.diagnostics = diagnostics;
  return { recorder, losses };
}

describe('Recorder', () => {
  it('counts a rejection once, returns its outcome, and reports it unless it was wanted', () => {
    const { recorder, losses } = setUp();
    const reasons = ['filtered', 'sampled', 'invalid', 'backpressure', 'enricher_error'] as const;
    expect(reasons.map((reason) => recorder.recordRejected(reason))).to.deep.equal([
      'filtered',
      'sampled',
      'invalid',
      'dropped',
      'dropped',
    ]);
    expect(losses).to.deep.equal([
      [1, 'invalid'],
      [1, 'backpressure'],
      [1, 'enricher_error'],
    ]);
    const stats = recorder.ledger.snapshot({});
    expectBalancedStats(stats);
    expect(stats).to.include({ eventsReceived: 5, eventsFiltered: 1, eventsSampledOut: 1, eventsInvalid: 1, eventsDropped: 2 });
  });

  it('counts events after shutdown, and accepted events that were dropped', () => {
    const { recorder, losses } = setUp();
    recorder.ledger.accept();
    recorder.ledger.accept();
    recorder.recordDropped([], 'shutdown');
    recorder.recordDropped([{}, {}], 'shutdown');
    expect(recorder.recordClosed()).to.equal('closed');
    expect(losses).to.deep.equal([
      [2, 'shutdown'],
      [1, 'closed'],
    ]);
    expectBalancedStats(recorder.ledger.snapshot({}));
  });

  it('works with empty places, and calls onChange with every record', () => {
    const recorder = new Recorder();
    recorder.recordRejected('invalid');
    let changes = 0;
    recorder.onChange = () => (changes += 1);
    recorder.recordRejected('filtered');
    recorder.recordClosed();
    expect(changes).to.equal(2);
  });
});
