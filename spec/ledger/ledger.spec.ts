import { expect } from 'chai';
import fc from 'fast-check';
import { DROP_REASONS, type RejectReason } from '../../lib/ledger/drop-reason.js';
import { dropInStages, holdForConsent, leaveStages, Ledger, rejectHeld, releaseHeld, outcomeOf } from '../../lib/ledger/ledger.js';
import { expectBalancedStats } from '../support/books.js';

/** Every way of one event through the books, from the collector's door to its end. */
const LIVES: Readonly<Record<string, (ledger: Ledger) => void>> = {
  'offered too late': (ledger) => {
    ledger.refuse();
  },
  'turned away': (ledger) => {
    ledger.reject('filtered');
  },
  'sampled out': (ledger) => {
    ledger.reject('sampled');
  },
  unusable: (ledger) => {
    ledger.reject('invalid');
  },
  'lost at the door': (ledger) => {
    ledger.reject('backpressure');
  },
  waiting: (ledger) => {
    ledger.accept();
  },
  'held for consent': (ledger) => {
    holdForConsent(ledger);
  },
  'refused consent': (ledger) => {
    holdForConsent(ledger);
    rejectHeld(ledger, 'consent');
  },
  'sampled out after consent': (ledger) => {
    holdForConsent(ledger);
    rejectHeld(ledger, 'sampled');
  },
};

/** How what was accepted goes on: without stages, and through them. */
const ENDS: Readonly<Record<string, (ledger: Ledger, hasStages: boolean) => void>> = {
  processed: (ledger, hasStages) => {
    ledger.accept();
    if (hasStages) leaveStages(ledger);
    ledger.process(1);
  },
  'lost in its batch': (ledger, hasStages) => {
    ledger.accept();
    if (hasStages) leaveStages(ledger);
    ledger.dropBuffered(1, 'no_sink');
  },
  'granted consent': (ledger, hasStages) => {
    holdForConsent(ledger);
    releaseHeld(ledger);
    if (hasStages) leaveStages(ledger);
    ledger.process(1);
  },
  'lost in a stage, if there is one': (ledger, hasStages) => {
    ledger.accept();
    if (hasStages) dropInStages(ledger, 'stage_error');
    else ledger.dropBuffered(1, 'shutdown');
  },
};

function ledgerOf(hasStages: boolean): Ledger {
  const ledger = new Ledger();
  ledger.hasStages = hasStages;
  return ledger;
}

describe('Ledger', () => {
  for (const hasStages of [false, true]) {
    describe(hasStages ? 'with stages' : 'without stages', () => {
      it('balances for any outcome of each event', () => {
        const lives = { ...LIVES, ...ENDS };
        fc.assert(
          fc.property(fc.array(fc.constantFrom(...Object.keys(lives))), (names) => {
            const ledger = ledgerOf(hasStages);
            for (const name of names) {
              lives[name]?.(ledger, hasStages);
              expectBalancedStats(ledger.snapshot({}));
            }
            expect(ledger.snapshot({}).eventsReceived).to.equal(names.length);
          }),
        );
      });

      it('counts events that wait for their batch or for consent', () => {
        const ledger = ledgerOf(hasStages);
        for (let count = 0; count < 3; count += 1) ledger.accept();
        if (hasStages) for (let count = 0; count < 3; count += 1) leaveStages(ledger);
        holdForConsent(ledger);
        ledger.process(1);
        expect([ledger.buffered, ledger.heldForConsent]).to.deep.equal([2, 1]);
      });

      it('moves held events when consent is granted or denied', () => {
        const ledger = ledgerOf(hasStages);
        for (let count = 0; count < 3; count += 1) holdForConsent(ledger);
        releaseHeld(ledger);
        rejectHeld(ledger, 'consent');
        expect(ledger.heldForConsent).to.equal(1);
        expect(hasStages ? ledger.stagesIn : ledger.buffered).to.equal(1);
        expect(ledger.snapshot({}).dropped.consent).to.equal(1);
      });

      it('splits dropped events by reason, and lists all reasons', () => {
        const ledger = ledgerOf(hasStages);
        for (const reason of DROP_REASONS) ledger.reject(reason);
        const { dropped, eventsDropped } = ledger.snapshot({});
        expect(dropped).to.deep.equal(Object.fromEntries(DROP_REASONS.map((reason) => [reason, 1])));
        expect(eventsDropped).to.equal(DROP_REASONS.length);
      });
    });
  }

  it('has the second pair of equations only with stages', () => {
    const fields = ['stagesIn', 'stagesOut', 'droppedBefore', 'droppedAfter'];
    expect(new Ledger().snapshot({})).not.to.have.any.keys(...fields);
    expect(ledgerOf(true).snapshot({})).to.include.keys(...fields);
  });

  it('distinguishes losses before the stages from losses inside and after them', () => {
    const ledger = ledgerOf(true);
    ledger.reject('enricher_error');
    ledger.accept();
    dropInStages(ledger, 'stage_error');
    ledger.accept();
    leaveStages(ledger);
    ledger.dropBuffered(1, 'no_sink');
    expect(ledger.snapshot({})).to.include({ eventsDropped: 3, droppedBefore: 1, droppedAfter: 2, stagesIn: 2, stagesOut: 2 });
  });

  it('counts batches by their reasons, and remembers when the last was cut', () => {
    const ledger = new Ledger();
    expect(ledger.snapshot({}).lastFlushAt).to.equal(undefined);
    ledger.flushed('age', 5);
    ledger.flushed('urgent', 7);
    ledger.flushed('age', 9);
    const { batchesFlushed, flushReasons, lastFlushAt } = ledger.snapshot({});
    expect([batchesFlushed, lastFlushAt]).to.deep.equal([3, 9]);
    expect(flushReasons).to.deep.equal({ count: 0, bytes: 0, age: 2, urgent: 1, flush: 0, complete: 0 });
  });

  it('returns a snapshot that does not change', () => {
    const ledger = new Ledger();
    const snapshot = ledger.snapshot({});
    ledger.reject('overflow');
    ledger.flushed('age', 1);
    expect([snapshot.dropped.overflow, snapshot.flushReasons.age, snapshot.eventsReceived]).to.deep.equal([0, 0, 0]);
  });
});

describe('outcomeOf', () => {
  it('is the outcome that a caller gets for a reason', () => {
    for (const outcome of ['filtered', 'sampled', 'invalid'] as const) expect(outcomeOf(outcome)).to.equal(outcome);
    for (const reason of DROP_REASONS satisfies readonly RejectReason[]) expect(outcomeOf(reason)).to.equal('dropped');
  });
});
