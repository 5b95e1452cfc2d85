import { expect } from 'chai';
import { of, throwError } from 'rxjs';
import { createCollector } from '../../lib/collector/collector.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import { withDeadLetters } from '../../lib/features/with-dead-letters.js';
import type { DeadLetter } from '../../lib/lane/delivery.js';
import { expectBalanced } from '../support/books.js';

describe('withDeadLetters', () => {
  it('emits final failures, and offers them again on redeliver', () => {
    let isUp = false;
    const got: unknown[] = [];
    const sink = {
      name: 'sink',
      process: ({ events }: { readonly events: readonly { readonly data: unknown }[] }) => {
        if (!isUp) return throwError(() => new SinkError('write_failed', 'no', { retryable: false }));
        got.push(...events.map(({ data }) => data));
        return of();
      },
    };
    const collector = createCollector({ sinks: [sink], batch: { maxCount: 2 } }, withDeadLetters());
    const letters: DeadLetter[] = [];
    collector.deadLetters$.subscribe((letter) => letters.push(letter));
    collector.track('a', 1);
    collector.track('a', 2);
    const [letter] = letters;
    if (letter === undefined) throw new Error('Expected a dead letter');
    expect([letter.sink, letter.attempts, letter.error.message]).to.deep.equal(['sink', 1, 'no']);
    isUp = true;
    expect(collector.redeliver(letter)).to.equal(true);
    expect(got).to.deep.equal([1, 2]);
    expect(expectBalanced(collector).sinks['sink']).to.include({ offered: 4, delivered: 2, failed: 2 });
  });

  it('refuses anything else', async () => {
    const collector = createCollector({ sinks: [{ name: 'sink', process: () => undefined }] }, withDeadLetters());
    const redeliver = (letter: object): boolean => collector.redeliver(letter as DeadLetter);
    const batch = { id: 'b', sequence: 1, createdAt: 0, reason: 'count', events: [{ id: 'e' }] };
    expect(
      [{}, { sink: 'sink' }, { sink: 'sink', batch: { ...batch, events: [] } }, { sink: 'other', batch }].map(redeliver),
    ).to.deep.equal([false, false, false, false]);
    expect(redeliver({ sink: 'sink', batch })).to.equal(true);
    await collector.shutdown();
    expect(redeliver({ sink: 'sink', batch })).to.equal(false);
    expectBalanced(collector);
  });
});
