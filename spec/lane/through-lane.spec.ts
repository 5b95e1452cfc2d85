import { expect } from 'chai';
import { NEVER, of, Subject, VirtualTimeScheduler, type ObservableInput } from 'rxjs';
import { batchOf } from '../../lib/event/batch-of.js';
import type { EventBatch } from '../../lib/event/event.js';
import { Lane } from '../../lib/lane/lane.js';
import { resolveLaneOptions } from '../../lib/lane/lane-options.js';
import { PauseClock } from '../../lib/lane/pause-clock.js';
import { throughLane } from '../../lib/lane/through-lane.js';
import { LaneLedger } from '../../lib/ledger/lane-ledger.js';

const aBatch = (id: string): EventBatch<string> => batchOf({ id, sequence: 1, createdAt: 0, events: [id], reason: 'count' });

/** Batches through a lane whose sink answers by `answer`, and what came out. */
function setUp(answer: () => ObservableInput<unknown>) {
  const scheduler = new VirtualTimeScheduler();
  const elapsed = (): number => scheduler.frame;
  const lane = new Lane<string>({ name: 'sink', process: answer }, resolveLaneOptions({ timeoutMs: Infinity }), {
    scheduler,
    elapsed,
    pauseClock: new PauseClock(elapsed),
    random: () => 0,
    newId: () => 'new',
    ledger: new LaneLedger(),
    enter: (work) => {
      work();
    },
  });
  const source = new Subject<EventBatch<string>>();
  const log: string[] = [];
  const subscription = source.pipe(throughLane(lane)).subscribe({
    next: ({ batch, status }) => log.push(`${batch.id} ${status}`),
    error: (error: unknown) => log.push(String(error)),
    complete: () => log.push('complete'),
  });
  return { lane, source, log, subscription };
}

describe('throughLane', () => {
  it('emits deliveries, and completes once everything is settled', () => {
    const answer = new Subject();
    const { source, log } = setUp(() => answer);
    source.next(aBatch('a'));
    source.complete();
    expect(log).to.deep.equal([]);
    answer.complete();
    expect(log).to.deep.equal(['a delivered', 'complete']);
  });

  it('passes an error of the source, after settling', () => {
    const answer = new Subject();
    const { source, log } = setUp(() => answer);
    source.next(aBatch('a'));
    source.error(new Error('source'));
    answer.complete();
    expect(log).to.deep.equal(['a delivered', 'Error: source']);
  });

  it('ends immediately if nothing is pending', () => {
    const { source, log } = setUp(() => of());
    source.next(aBatch('a'));
    source.complete();
    expect(log).to.deep.equal(['a delivered', 'complete']);
  });

  it('stops the lane on unsubscription', () => {
    const { source, lane, log, subscription } = setUp(() => NEVER);
    source.next(aBatch('a'));
    subscription.unsubscribe();
    expect(log).to.deep.equal([]);
    expect(lane.ledger).to.include({ offered: 1, dropped: 1, pending: 0 });
  });
});
