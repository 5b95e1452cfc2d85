import { expect } from 'chai';
import { History } from '../../../lib/devtools/element/history.js';
import type { DevtoolsSnapshot } from '../../../lib/devtools/protocol.js';

/** A snapshot after so many milliseconds, with so many events received, delivered by each of two sinks, and lost. */
const snapshot = (at: number, received: number, delivered = 0, lost = 0): DevtoolsSnapshot => {
  const lane = { delivered, failed: 0, dropped: 0, pending: 2 };
  const stats = { eventsReceived: received, eventsDropped: lost, eventsInvalid: 0, eventsClosed: 0, eventsBuffered: 3 };
  return { at, stats: { ...stats, sinks: { a: lane, b: { ...lane, failed: lost, dropped: lost } } } } as unknown as DevtoolsSnapshot;
};

function historyOf(...snapshots: readonly DevtoolsSnapshot[]): History {
  const history = new History();
  for (const each of snapshots) history.add(each);
  return history;
}

describe('History', () => {
  it('has rates a second: received, delivered by all sinks together, and lost anywhere', () => {
    expect(historyOf(snapshot(0, 0), snapshot(500, 10, 2, 1)).rates()).to.deep.equal([
      [0, 0.5],
      [null, 20],
      [null, 8],
      [null, 6],
    ]);
  });

  it('averages rates over the last second', () => {
    const [, received] = historyOf(snapshot(0, 0), snapshot(500, 100), snapshot(1_000, 100), snapshot(1_500, 100)).rates();
    expect(received).to.deep.equal([null, 200, 100, 0]);
  });

  it('has the events in the open batch, and in all lanes together', () => {
    expect(historyOf(snapshot(1_000, 0), snapshot(2_000, 0)).queues()).to.deep.equal([
      [1, 2],
      [3, 3],
      [4, 4],
    ]);
  });

  it('keeps the last minute', () => {
    const history = historyOf(snapshot(0, 0), snapshot(1, 0), snapshot(60_000, 0));
    expect(history.queues()[0]).to.deep.equal([0.001, 60]);
  });

  it('begins again for another collector, and when the clock is set back', () => {
    expect(historyOf(snapshot(1_000, 9), snapshot(2_000, 8)).queues()[0]).to.deep.equal([2]);
    expect(historyOf(snapshot(2_000, 8), snapshot(1_000, 9)).queues()[0]).to.deep.equal([1]);
  });

  it('is empty before the first snapshot', () => {
    expect([new History().rates(), new History().queues()]).to.deep.equal([
      [[], [], [], []],
      [[], [], []],
    ]);
  });
});
