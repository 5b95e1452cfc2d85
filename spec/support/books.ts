import { expect } from 'chai';
import type { CollectorStats } from '../../lib/ledger/ledger.js';

/** Asserts both equations of a collector's ledger, and returns its snapshot. */
export function expectBalanced(collector: { stats(): CollectorStats }): CollectorStats {
  const stats = collector.stats();
  expectBalancedStats(stats);
  return stats;
}

export function expectBalancedStats(stats: CollectorStats): void {
  const { eventsReceived, eventsFiltered, eventsSampledOut, eventsDropped, eventsInvalid, eventsClosed, eventsBuffered, eventsProcessed } =
    stats;
  const { stagesIn, stagesOut, droppedBefore, droppedAfter } = stats;
  if (stagesIn !== undefined && stagesOut !== undefined && droppedBefore !== undefined && droppedAfter !== undefined) {
    expect(eventsReceived, 'received = filtered + sampledOut + droppedBefore + invalid + closed + stagesIn').to.equal(
      eventsFiltered + eventsSampledOut + droppedBefore + eventsInvalid + eventsClosed + stagesIn,
    );
    expect(stagesOut, 'stagesOut = buffered + processed + droppedAfter').to.equal(eventsBuffered + eventsProcessed + droppedAfter);
    expect(eventsDropped, 'dropped = droppedBefore + droppedAfter').to.equal(droppedBefore + droppedAfter);
  } else {
    expect(eventsReceived, 'received = filtered + sampledOut + dropped + invalid + closed + buffered + processed').to.equal(
      eventsFiltered + eventsSampledOut + eventsDropped + eventsInvalid + eventsClosed + eventsBuffered + eventsProcessed,
    );
  }
  expect(sum(stats.dropped), 'the split of dropped').to.equal(eventsDropped);
  expect(eventsBuffered, 'buffered').to.be.at.least(0);
  for (const [name, { offered, recovered, delivered, failed, dropped, kept, pending, droppedBy }] of Object.entries(stats.sinks)) {
    expect(offered + recovered, `${name}: offered + recovered = delivered + failed + dropped + kept + pending`).to.equal(
      delivered + failed + dropped + kept + pending,
    );
    expect(sum(droppedBy), `${name}: the split of dropped`).to.equal(dropped);
    expect(pending, `${name}: pending`).to.be.at.least(0);
  }
}

function sum(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((total, count) => total + (count ?? 0), 0);
}
