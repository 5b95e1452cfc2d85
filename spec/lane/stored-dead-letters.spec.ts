import { expect } from 'chai';
import { Subject, take } from 'rxjs';
import { SinkError } from '../../lib/errors/sink-error.js';
import { batchOf } from '../../lib/event/batch-of.js';
import type { DeadLetter } from '../../lib/lane/delivery.js';
import type { RecoveredBatches, StoreChange, StoredBatch } from '../../lib/lane/lane-spool.js';
import { laneStore } from '../../lib/lane/lane-store.js';
import { StoredDeadLetters } from '../../lib/lane/stored-dead-letters.js';
import { sequentialIds } from '../../lib/testing/sequential-ids.js';
import { VirtualClock } from '../support/virtual-clock.js';

const letter = (id: string, createdAt = 0, events: readonly string[] = [id]): DeadLetter<string> => ({
  sink: 'sink',
  attempts: 2,
  batch: batchOf({ id, sequence: 1, createdAt, events, reason: 'count' }),
  error: new SinkError('rejected', 'no', { code: 'HTTP_400' }),
});

/** Dead letters in a store that opens when the test says so, and its contents. */
class Rig {
  readonly clock = new VirtualClock(1_000);
  readonly recovered$ = new Subject<RecoveredBatches>();
  readonly stored = new Map<string, StoredBatch>();
  /** Ids of batches that were removed. */
  readonly removed: string[] = [];
  readonly opened: string[] = [];
  readonly errors: string[] = [];
  readonly letters: StoredDeadLetters<string>;
  closed = 0;
  isDenied = false;

  constructor(maxAgeMs = Infinity) {
    const store = laneStore(
      (sink) => {
        this.opened.push(sink);
        return {
          recover: () => this.recovered$,
          write: ({ put, remove }: StoreChange): undefined => {
            this.removed.push(...remove);
            for (const id of remove) this.stored.delete(id);
            for (const batch of put) this.stored.set(batch.id, batch);
          },
          read: () => [],
          close: () => void (this.closed += 1),
        };
      },
      { maxAgeMs },
    );
    this.letters = new StoredDeadLetters(store, {
      newId: sequentialIds(),
      scheduler: this.clock,
      enter: (work) => {
        work();
      },
      isDenied: () => this.isDenied,
      onError: ({ code }) => this.errors.push(code),
    });
    this.letters.start();
  }

  open(...batches: readonly StoredBatch[]): this {
    this.recovered$.next({ batches });
    return this;
  }

  /** What a life that stores these leaves to the next one. */
  static left(...letters: readonly DeadLetter<string>[]): StoredBatch[] {
    const rig = new Rig().open();
    for (const each of letters) rig.letters.put(each);
    return [...rig.stored.values()];
  }

  /** The batches of the letters that are emitted. */
  emitted(): string[] {
    const ids: string[] = [];
    this.letters.earlier$.subscribe(({ batch }) => ids.push(batch.id));
    return ids;
  }
}

describe('StoredDeadLetters', () => {
  it('recovers letters of an earlier run unchanged, from their own place in the store', () => {
    const rig = new Rig().open(...Rig.left(letter('a'), letter('b')));
    const recovered: DeadLetter<string>[] = [];
    rig.letters.earlier$.subscribe((each) => recovered.push(each));
    expect(recovered.map(({ sink, batch, attempts }) => ({ sink, batch, attempts }))).to.deep.equal(
      [letter('a'), letter('b')].map(({ sink, batch, attempts }) => ({ sink, batch, attempts })),
    );
    expect(recovered[0]?.error).to.include({ kind: 'rejected', message: 'no', code: 'HTTP_400' });
    expect(rig.opened).to.deep.equal(['dead letters']);
  });

  it('does not store a letter without events, or while consent is denied', () => {
    const rig = new Rig().open();
    rig.letters.put(letter('empty', 0, []));
    rig.isDenied = true;
    rig.letters.put(letter('denied'));
    expect([rig.stored.size, rig.letters.idOf(letter('empty')), rig.letters.idOf(letter('denied'))]).to.deep.equal([
      0,
      undefined,
      undefined,
    ]);
  });

  it('removes invalid letters, and emits the others', () => {
    const [whole] = Rig.left(letter('a'));
    const batch = JSON.parse(whole!.json) as { events: [Record<string, unknown>, ...unknown[]] };
    const [header] = batch.events;
    const broken = [
      ['text', 'a'],
      ['text'],
      [null, 'a'],
      [header],
      [{ ...header, sink: 1 }, 'a'],
      [{ ...header, error: undefined }, 'a'],
      [{ ...header, batch: undefined }, 'a'],
      [{ ...header, batch: {} }, 'a'],
    ].map((events, index) => ({ id: String(index), position: index, json: JSON.stringify({ ...batch, id: String(index), events }) }));
    const rig = new Rig().open(...broken, { ...whole!, position: 100 });
    expect(rig.emitted()).to.deep.equal(['a']);
    expect(rig.removed).to.deep.equal(broken.map(({ id }) => id));
  });

  it('removes letters older than the limit when it opens, and before it stores another one', () => {
    const left = Rig.left(letter('old', 899), letter('just', 900), letter('edge', 901), letter('new', 950));
    const rig = new Rig(100).open(...left);
    expect(rig.emitted()).to.deep.equal(['just', 'edge', 'new']);
    expect(rig.removed).to.deep.equal([left[0]?.id]);
    rig.letters.put(letter('b', 1_000));
    expect(rig.removed).to.have.length(1);
    rig.clock.pass(1);
    rig.letters.put(letter('c', 1_001));
    expect(rig.removed.slice(1)).to.deep.equal([left[1]?.id]);
    rig.clock.pass(49);
    rig.letters.put(letter('d', 1_001));
    expect(rig.removed.slice(2)).to.deep.equal([left[2]?.id]);
    rig.clock.pass(1);
    rig.letters.put(letter('e', 1_001));
    expect(rig.removed.slice(3)).to.deep.equal([left[3]?.id]);
  });

  it('discards only letters that are stored', () => {
    const rig = new Rig();
    expect(rig.letters.discard(letter('unknown'))).to.equal(false);
    rig.open();
    rig.letters.put(letter('a'));
    expect(rig.letters.idOf(letter('a'))).to.equal([...rig.stored.keys()][0]);
    expect([rig.letters.discard(letter('unknown')), rig.letters.discard(letter('a')), rig.letters.discard(letter('a'))]).to.deep.equal([
      false,
      true,
      false,
    ]);
    expect([rig.letters.idOf(letter('a')), rig.stored.size]).to.deep.equal([undefined, 0]);
  });

  it('removes a letter that was put again meanwhile only under the id that it had', () => {
    const rig = new Rig().open();
    rig.letters.put(letter('a'));
    const first = rig.letters.idOf(letter('a'));
    rig.letters.put(letter('a'));
    const second = rig.letters.idOf(letter('a'));
    rig.letters.remove(letter('a'), undefined);
    rig.letters.remove(letter('a'), first);
    rig.letters.remove(letter('b'), first);
    expect([rig.letters.idOf(letter('a')), [...rig.stored.keys()]]).to.deep.equal([second, [second]]);
  });

  it('purges stored letters, and, before the store is open, those that it will emit first', () => {
    const [earlier, takenOver] = Rig.left(letter('a'), letter('b'));
    const rig = new Rig();
    rig.letters.put(letter('c'));
    rig.letters.purge();
    const emitted = rig.emitted();
    rig.open(earlier!);
    expect([emitted, rig.stored.size, rig.removed.includes(earlier!.id)]).to.deep.equal([[], 0, true]);
    // Another process has ended.
    rig.open(takenOver!);
    expect(emitted).to.deep.equal(['b']);
    rig.letters.purge();
    expect(rig.removed.at(-1)).to.equal(takenOver!.id);
  });

  it('emits each letter once: to its observers, or to the first one; the next one gets remaining letters', () => {
    const [a, b, c] = Rig.left(letter('a'), letter('b'), letter('c'));
    const rig = new Rig().open(a!, b!);
    const first: string[] = [];
    rig.letters.earlier$.pipe(take(1)).subscribe(({ batch }) => first.push(batch.id));
    const [second, third] = [rig.emitted(), rig.emitted()];
    rig.open(c!);
    expect([first, second, third]).to.deep.equal([['a'], ['b', 'c'], ['c']]);
  });

  it('stores earlier letters again when the store opens late', () => {
    const rig = new Rig();
    rig.letters.put(letter('a'));
    const id = rig.letters.idOf(letter('a'))!;
    rig.clock.pass(30_000);
    expect(rig.errors).to.deep.equal(['SPOOL_TIMEOUT']);
    rig.open();
    expect([[...rig.stored.keys()], rig.letters.idOf(letter('a'))]).to.deep.equal([[id], id]);
  });

  it('forgets letters that the store has lost', () => {
    const rig = new Rig();
    rig.letters.put(letter('a'));
    rig.open();
    rig.letters.put(letter('b'));
    rig.recovered$.next({ batches: [], isLost: true });
    expect([rig.letters.idOf(letter('a')), rig.letters.idOf(letter('b'))]).to.deep.equal([undefined, undefined]);
    rig.letters.put(letter('b'));
    expect(rig.letters.discard(letter('b'))).to.equal(true);
  });

  it('closes the store once it is open, and completes', () => {
    const rig = new Rig();
    const calls: string[] = [];
    rig.letters.earlier$.subscribe({ complete: () => calls.push('complete') });
    rig.letters.put(letter('a'));
    rig.letters.close(() => calls.push('closed'));
    rig.letters.complete();
    expect([calls, rig.closed]).to.deep.equal([['complete'], 0]);
    rig.open();
    expect([calls, rig.closed, rig.stored.size]).to.deep.equal([['complete', 'closed'], 1, 1]);
    expect(rig.letters.discard(letter('a'))).to.equal(false);
    rig.letters.close(() => calls.push('closed again'));
    expect(calls.at(-1)).to.equal('closed again');

    const other = new Rig().open();
    other.letters.complete();
    expect(other.closed).to.equal(1);
  });
});
