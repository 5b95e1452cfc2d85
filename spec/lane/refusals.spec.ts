import { expect } from 'chai';
import { of, throwError } from 'rxjs';
import { SinkError } from '../../lib/errors/sink-error.js';
import { batchOf } from '../../lib/event/batch-of.js';
import type { EventBatch } from '../../lib/event/event.js';
import type { Delivery } from '../../lib/lane/delivery.js';
import type { LanePatch } from '../../lib/lane/lane-options.js';
import { deliver } from '../../lib/operators/deliver.js';
import { marbles } from '../../lib/testing/index.js';

interface Letter {
  readonly id: string;
}

/** Delivers `ids` to a sink that answers by `answer`; what the sink saw, and how each event ended. */
function deliverTo(ids: string, answer: (batch: EventBatch<Letter>) => SinkError | undefined, lane: LanePatch = {}) {
  const seen: string[] = [];
  const ends: string[] = [];
  const events = [...ids].map((id) => ({ id }));
  const batch = batchOf({ id: 'b1', sequence: 1, createdAt: 0, events, reason: 'count' });
  const sink = {
    name: 'sink',
    process: (sent: EventBatch<Letter>) => {
      seen.push(idsOf(sent));
      const error = answer(sent);
      return error && throwError(() => error);
    },
  };
  marbles(() => {
    of(batch)
      .pipe(deliver<Letter>(sink, { ...lane, retry: { jitter: 'none', ...lane.retry } }))
      .subscribe((delivery: Delivery<Letter>) => {
        ends.push(`${idsOf(delivery.batch)} ${delivery.status}`);
      });
  });
  return { seen, ends };
}

const idsOf = ({ events }: EventBatch<Letter>): string => events.map(({ id }) => id).join('');
const rejected = (options: object = {}): SinkError => new SinkError('rejected', 'no', options);

describe('A refusal', () => {
  it('that names permanently refused events sends the others again, regardless of its kind', () => {
    for (const kind of ['rejected', 'write_failed', 'unavailable'] as const) {
      const error = new SinkError(kind, 'two are bad', { rejected: [{ id: 'b' }, 'd'] });
      const { seen, ends } = deliverTo('abcd', (batch) => (batch.events.length === 4 ? error : undefined));
      expect(seen, kind).to.deep.equal(['abcd', 'ac']);
      expect(ends, kind).to.deep.equal(['bd failed', 'ac delivered']);
    }
  });

  it('distinguishes delivered, refused and not accepted events', () => {
    const error = new SinkError('write_failed', 'in part', { failed: [{ id: 'b' }, { id: 'c' }], rejected: [{ id: 'c' }] });
    const { seen, ends } = deliverTo('abc', (batch) => (batch.events.length === 3 ? error : undefined));
    expect(seen).to.deep.equal(['abc', 'b']);
    expect(ends).to.deep.equal(['a delivered', 'c failed', 'b delivered']);
  });

  it('never counts a refused event as delivered, even if `failed` does not name it', () => {
    const error = new SinkError('write_failed', 'in part', { failed: [{ id: 'b' }], rejected: [{ id: 'c' }] });
    const { seen, ends } = deliverTo('abc', (batch) => (batch.events.length === 3 ? error : undefined));
    expect(seen).to.deep.equal(['abc', 'b']);
    expect(ends).to.deep.equal(['a delivered', 'c failed', 'b delivered']);
  });

  it('that names no event of the batch refuses none', () => {
    const { ends } = deliverTo('ab', () => new SinkError('write_failed', 'strangers', { rejected: [{ id: 'x' }], retryable: false }));
    expect(ends).to.deep.equal(['ab failed']);
  });

  it('that names no event halves the batch until the faulty event is found', () => {
    const { seen, ends } = deliverTo('abcdefgh', (batch) => (idsOf(batch).includes('c') ? rejected() : undefined));
    expect(seen).to.deep.equal(['abcdefgh', 'abcd', 'ab', 'cd', 'c', 'd', 'efgh']);
    expect(ends).to.deep.equal(['ab delivered', 'c failed', 'd delivered', 'efgh delivered']);
  });

  it('that names only events of other batches halves the batch, too', () => {
    for (const field of ['failed', 'rejected']) {
      const error = rejected({ [field]: [{ id: 'x' }, 'y'] });
      const { seen, ends } = deliverTo('abcd', (batch) => (idsOf(batch).includes('c') ? error : undefined));
      expect(seen, field).to.deep.equal(['abcd', 'ab', 'cd', 'c', 'd']);
      expect(ends, field).to.deep.equal(['ab delivered', 'c failed', 'd delivered']);
    }
  });

  it('is halved at most maxSplits times', () => {
    const { seen, ends } = deliverTo('abcdefgh', () => rejected(), { retry: { maxSplits: 1 } });
    expect(seen).to.deep.equal(['abcdefgh', 'abcd', 'efgh']);
    expect(ends).to.deep.equal(['abcd failed', 'efgh failed']);
  });

  it('does not halve the batch with `split: false`, or if it names the failed events', () => {
    expect(deliverTo('abcd', () => rejected(), { split: false }).seen).to.deep.equal(['abcd']);
    expect(deliverTo('abcd', () => rejected({ failed: [{ id: 'a' }, { id: 'b' }] })).ends).to.deep.equal(['cd delivered', 'ab failed']);
  });

  it('of an unspecified part halves the batch without the delivered events', () => {
    const divided = rejected({ failed: ['b', 'c'].map((id) => ({ id })), rejected: [], retryable: true });
    const { seen, ends } = deliverTo('abcd', (batch) =>
      batch.events.length === 4 ? divided : idsOf(batch) === 'b' ? rejected() : undefined,
    );
    expect(seen).to.deep.equal(['abcd', 'b', 'c']);
    expect(ends).to.deep.equal(['ad delivered', 'b failed', 'c delivered']);
  });
});
