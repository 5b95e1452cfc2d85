import { expect } from 'chai';
import { of, Subject, throwError, type ObservableInput } from 'rxjs';
import { SinkError } from '../../lib/errors/sink-error.js';
import { batchOf } from '../../lib/event/batch-of.js';
import type { EventBatch } from '../../lib/event/event.js';
import type { LaneStoreSession, RecoveredBatches, StoreChange, StoredBatch, StoreLimits } from '../../lib/lane/lane-spool.js';
import { Spool } from '../../lib/lane/spool.js';
import { throwing } from '../support/hostile.js';
import { VirtualClock } from '../support/virtual-clock.js';

const batch = (id: string, events: readonly unknown[] = [...id]): EventBatch<unknown> =>
  batchOf({ id, sequence: 1, createdAt: 0, events, reason: 'count' });
const stored = (id: string, position: number): StoredBatch => ({ id, position, json: JSON.stringify(batch(id)) });

/** A spool whose store is answered by the test: it opens when `recovered$` emits, and takes every change immediately unless `answer` says otherwise. */
class Rig {
  readonly clock = new VirtualClock();
  readonly recovered$ = new Subject<RecoveredBatches>();
  readonly writes: StoreChange[] = [];
  /** Reported errors: code and message. */
  readonly errors: string[] = [];
  /** Calls back to the lane. */
  readonly calls: string[] = [];
  readonly spool: Spool<unknown>;
  answer: (change: StoreChange) => ObservableInput<unknown> | undefined = () => undefined;
  readAnswer: ObservableInput<string | undefined> = [];
  closeAnswer: ObservableInput<unknown> | undefined;

  constructor({ canRead = true, ...limits }: Partial<StoreLimits> & { readonly canRead?: boolean } = {}) {
    const session: LaneStoreSession = {
      recover: () => this.recovered$,
      write: (change) => {
        this.writes.push(change);
        return this.answer(change);
      },
      ...(canRead && { read: () => this.readAnswer }),
      close: () => {
        this.calls.push('close');
        return this.closeAnswer;
      },
    };
    this.spool = new Spool(session, {
      onError: (error) => this.errors.push(error instanceof SinkError ? `${error.kind} ${error.code}: ${error.message}` : String(error)),
      limits: { maxEvents: Infinity, maxBytes: Infinity, maxAgeMs: Infinity, ...limits },
      scheduler: this.clock,
    });
    this.spool.recover((batches) => this.calls.push(`recovered ${batches.map(({ id }) => id).join()}`), {
      onWritten: () => this.calls.push('written'),
      onLost: () => this.calls.push('lost'),
      onLate: () => this.calls.push('late'),
    });
  }

  open(...batches: readonly StoredBatch[]): this {
    this.recovered$.next({ batches });
    this.calls.length = 0;
    return this;
  }

  /** Changes in short: `+id@position` and `-id`. */
  get log(): string[] {
    return this.writes.map(({ put, remove }) =>
      [...remove.map((id) => `-${id}`), ...put.map(({ id, position }) => `+${id}@${String(position)}`)].join(' '),
    );
  }
}

const down = (): ObservableInput<never> => throwError(() => new SinkError('unavailable', 'down'));

describe('Spool', () => {
  describe('writes', () => {
    it('batches in the order of the lane, after those of earlier runs, and parts at the position of the whole', () => {
      const rig = new Rig().open(stored('old', 6.5));
      for (const id of ['ab', 'cd']) rig.spool.put(batch(id));
      rig.spool.replace(batch('ab'), [batch('a'), batch('b')]);
      rig.spool.replace(batch('b'), [batch('b1'), batch('b2')]);
      rig.spool.replace(batch('a'), []);
      expect(rig.log).to.deep.equal(['+ab@7', '+cd@8', '-ab +a@7 +b@7.5', '-b +b1@7.5 +b2@7.75', '-a']);
    });

    it('nothing for a batch without JSON, or one that it does not have', () => {
      const rig = new Rig().open();
      rig.spool.put(batch('x', [throwing(new Error('no'))]));
      rig.spool.replace(batch('unknown'), [batch('a')]);
      expect([rig.log, rig.spool.has('x'), rig.errors]).to.deep.equal([[], false, []]);
    });

    it('earlier batches once it is open, and counts them as being written meanwhile', () => {
      const rig = new Rig();
      rig.spool.put(batch('abc'));
      expect([rig.spool.writing, rig.spool.has('abc'), rig.log]).to.deep.equal([3, true, []]);
      rig.open();
      expect([rig.spool.writing, rig.spool.has('abc'), rig.log]).to.deep.equal([0, true, ['+abc@0']]);
    });

    it('only batches within its limits, and reports others; parts of a batch always', () => {
      const rig = new Rig({ maxEvents: 3 }).open();
      // An event without JSON is not in the store.
      rig.spool.put(batch('abc', ['a', 'b', throwing(new Error('no')), 'c']));
      rig.spool.put(batch('d'));
      rig.spool.replace(batch('abc'), [batch('a'), batch('bc')]);
      expect(rig.log).to.deep.equal(['+abc@0', '-abc +a@0 +bc@0.5']);
      const { length } = rig.writes[0]?.put[0]?.json ?? '';
      expect(rig.errors).to.deep.equal([`unavailable SPOOL_FULL: The store has 3 events of ${String(length)} bytes already`]);
    });

    it('up to its limit of bytes exactly, and parts although they are longer together', () => {
      const { length } = stored('ab', 0).json;
      const under = new Rig({ maxBytes: length - 1 }).open();
      under.spool.put(batch('ab'));
      expect(under.log).to.deep.equal([]);
      const exact = new Rig({ maxBytes: length }).open();
      exact.spool.put(batch('ab'));
      exact.spool.replace(batch('ab'), [batch('a'), batch('b')]);
      expect(exact.log).to.deep.equal(['+ab@0', '-ab +a@0 +b@0.5']);
    });
  });

  describe('whose store refuses a change', () => {
    it('does not have the batch, and has its space', () => {
      const rig = new Rig({ maxEvents: 2 }).open();
      rig.answer = down;
      rig.spool.put(batch('ab'));
      expect([rig.spool.has('ab'), rig.spool.isSafe(batch('ab'), 'a'), rig.spool.canRead(batch('ab'))]).to.deep.equal([
        false,
        false,
        false,
      ]);
      rig.answer = () => undefined;
      rig.spool.put(batch('cd'));
      rig.spool.replace(batch('ab'), []);
      rig.spool.put(batch('e'));
      expect(rig.log).to.deep.equal(['+ab@0', '+cd@1', '-ab']);
      expect(rig.errors).to.deep.equal(['unavailable SINK_UNAVAILABLE: down', `unavailable SPOOL_FULL: ${full(2, 'cd')}`]);
    });

    it('still writes the parts of the batch', () => {
      const rig = new Rig().open();
      rig.answer = down;
      rig.spool.put(batch('ab'));
      rig.answer = () => undefined;
      rig.spool.replace(batch('ab'), [batch('b')]);
      expect([rig.log, rig.spool.has('b')]).to.deep.equal([['+ab@0', '-ab +b@0'], true]);
    });
  });

  describe('whose store answers later', () => {
    function waiting(limits: Partial<StoreLimits> = {}) {
      const rig = new Rig(limits).open();
      const answer = new Subject<void>();
      rig.answer = () => answer;
      rig.spool.put(batch('ab'));
      rig.answer = () => undefined;
      return { rig, answer };
    }

    it('is writing until then, and calls back', () => {
      const { rig, answer } = waiting();
      rig.spool.put(batch('c'));
      expect([rig.spool.writing, rig.spool.has('ab'), rig.spool.isSafe(batch('ab'), 'a'), rig.calls]).to.deep.equal([2, true, false, []]);
      answer.complete();
      expect([rig.spool.writing, rig.spool.isSafe(batch('ab'), 'a'), rig.calls]).to.deep.equal([0, true, ['written']]);
    });

    it('than 30 s does not have the batch until it is answered, nor count its events', () => {
      const { rig, answer } = waiting({ maxEvents: 3 });
      rig.clock.pass(30_000);
      expect([rig.spool.writing, rig.spool.has('ab'), rig.errors]).to.deep.equal([
        0,
        false,
        ['timeout SPOOL_TIMEOUT: The store did not write within 30000 ms'],
      ]);
      rig.spool.put(batch('cd'));
      answer.complete();
      expect([rig.spool.writing, rig.spool.has('ab'), rig.spool.isSafe(batch('ab'), 'a')]).to.deep.equal([0, true, true]);
      // Now it has four.
      rig.spool.put(batch('e'));
      rig.spool.replace(batch('cd'), []);
      rig.spool.put(batch('f'));
      expect(rig.log).to.deep.equal(['+ab@0', '+cd@1', '-cd', '+f@3']);
    });

    it('than 30 s, and refuses then, changes nothing more', () => {
      const { rig, answer } = waiting({ maxEvents: 2 });
      rig.clock.pass(30_000);
      answer.error(new SinkError('unavailable', 'down'));
      rig.spool.put(batch('cd'));
      rig.spool.put(batch('e'));
      expect(rig.log).to.deep.equal(['+ab@0', '+cd@1']);
    });

    for (const end of ['takes', 'refuses'] as const) {
      it(`and ${end} a batch that has left no longer counts it`, () => {
        const { rig, answer } = waiting({ maxEvents: 2 });
        rig.spool.replace(batch('ab'), []);
        rig.spool.put(batch('cd'));
        if (end === 'takes') answer.complete();
        else answer.error(new SinkError('unavailable', 'down'));
        rig.spool.put(batch('e'));
        expect(rig.log).to.deep.equal(['+ab@0', '-ab', '+cd@1']);
      });
    }

    it('no longer counts a batch of several that has left, but still the others', () => {
      const rig = new Rig({ maxEvents: 2 }).open();
      rig.spool.put(batch('ab'));
      const answer = new Subject<void>();
      rig.answer = () => answer;
      rig.spool.replace(batch('ab'), [batch('a'), batch('b')]);
      rig.answer = () => undefined;
      rig.spool.replace(batch('a'), []);
      answer.error(new SinkError('unavailable', 'down'));
      expect([rig.spool.has('a'), rig.spool.has('b')]).to.deep.equal([false, false]);
      rig.spool.put(batch('cd'));
      rig.spool.put(batch('e'));
      expect(rig.log).to.deep.equal(['+ab@0', '-ab +a@0 +b@0.5', '-a', '+cd@1']);
    });
  });

  describe('whose store has lost everything', () => {
    const lose = (rig: Rig): void => {
      rig.recovered$.next({ batches: [], isLost: true });
    };

    it('has nothing, and requests the batches from the lane, if it can read batches back', () => {
      const rig = new Rig({ maxEvents: 2 }).open();
      rig.spool.put(batch('ab'));
      lose(rig);
      expect([rig.spool.has('ab'), rig.calls]).to.deep.equal([false, ['lost', 'recovered ']]);
      rig.spool.put(batch('ab'));
      rig.spool.put(batch('c'));
      expect([rig.spool.has('ab'), rig.log]).to.deep.equal([true, ['+ab@0', '+ab@1']]);
    });

    it('writes its copies again in their places if it cannot', () => {
      const rig = new Rig({ maxEvents: 3, canRead: false }).open();
      rig.spool.put(batch('ab'));
      rig.answer = down;
      rig.spool.put(batch('c'));
      expect([rig.spool.has('ab'), rig.spool.has('c')]).to.deep.equal([true, false]);
      rig.answer = () => undefined;
      lose(rig);
      expect([rig.log.slice(2), rig.calls]).to.deep.equal([['+ab@0', '+c@1'], ['recovered ']]);
      expect([rig.spool.has('ab'), rig.spool.isSafe(batch('c'), 'c')]).to.deep.equal([true, true]);
      // It has three events again.
      rig.spool.put(batch('d'));
      expect(rig.log).to.have.length(4);
      rig.spool.replace(batch('c'), []);
      rig.spool.put(batch('e'));
      expect(rig.log.slice(4)).to.deep.equal(['-c', '+e@3']);
    });

    it('has a copy only once the new change is answered, regardless of the earlier one', () => {
      const rig = new Rig({ canRead: false }).open();
      const [first, second] = [new Subject<void>(), new Subject<void>()];
      rig.answer = () => first;
      rig.spool.put(batch('ab'));
      rig.answer = () => second;
      lose(rig);
      first.error(new SinkError('unavailable', 'down'));
      expect([rig.spool.has('ab'), rig.spool.isSafe(batch('ab'), 'a')]).to.deep.equal([true, false]);
      second.complete();
      expect(rig.spool.isSafe(batch('ab'), 'a')).to.equal(true);
    });
  });

  describe('that opens', () => {
    it('emits its batches, and reports and removes unreadable ones', () => {
      const rig = new Rig();
      rig.recovered$.next({
        batches: [stored('ab', 0), { id: 'x', position: 1, json: '{' }, { ...stored('c', 2), id: 'y' }, stored('d', 3)],
      });
      expect(rig.calls).to.deep.equal(['recovered ab,d']);
      expect(rig.errors).to.deep.equal(['write_failed SPOOL_DAMAGED: 2 stored batches are not readable']);
      expect(rig.log).to.deep.equal(['-x -y']);
      expect([rig.spool.isSafe(batch('ab'), 'a'), rig.spool.isSafe(batch('x'), 'x')]).to.deep.equal([true, false]);
    });

    it('after 30 s has been reported, and then requests the batches of the lane', () => {
      const rig = new Rig();
      rig.spool.put(batch('c'));
      rig.clock.pass(30_000);
      expect(rig.errors).to.deep.equal(['timeout SPOOL_TIMEOUT: The store did not open within 30000 ms']);
      expect([rig.calls, rig.spool.has('c'), rig.spool.writing]).to.deep.equal([['late'], false, 0]);
      rig.recovered$.next({ batches: [stored('ab', 0)] });
      expect([rig.calls.slice(1), rig.log]).to.deep.equal([['lost', 'recovered ab'], []]);
    });

    for (const [how, end, error] of [
      ['fails', (rig: Rig) => rig.recovered$.error(new Error('no disk')), 'Error: no disk'],
      [
        'ends without an answer',
        (rig: Rig) => rig.recovered$.complete(),
        'TypeError: Expected `recover` to emit what is in the store, and it completed',
      ],
      [
        'answers with something else',
        (rig: Rig) => rig.recovered$.next(undefined as never),
        'TypeError: Expected `recovered.batches` to be an array, got `undefined`',
      ],
    ] as const) {
      for (const isLate of [false, true]) {
        it(`works from memory if the store ${how}${isLate ? ' after 30 s' : ''}`, () => {
          const rig = new Rig();
          rig.spool.put(batch('ab'));
          if (isLate) rig.clock.pass(30_000);
          end(rig);
          expect([rig.errors.at(-1), rig.calls.at(-1)]).to.deep.equal([error, 'recovered ']);
          rig.spool.put(batch('c'));
          expect([rig.log, rig.spool.has('ab'), rig.spool.writing]).to.deep.equal([[], false, 0]);
          rig.spool.close(() => rig.calls.push('closed'));
          expect(rig.calls.slice(-2)).to.deep.equal(['recovered ', 'closed']);
        });
      }
    }

    it('continues to write if the store fails or ends later', () => {
      for (const end of ['error', 'complete'] as const) {
        const rig = new Rig().open();
        if (end === 'error') rig.recovered$.error(new Error('no more'));
        else rig.recovered$.complete();
        expect([rig.errors, rig.calls]).to.deep.equal([end === 'error' ? ['Error: no more'] : [], []]);
        rig.spool.put(batch('ab'));
        expect(rig.log).to.deep.equal(['+ab@0']);
      }
    });
  });

  describe('that reads a batch back', () => {
    function read(rig: Rig): unknown[] {
      const results: unknown[] = [];
      rig.spool.read(
        batch('ab'),
        (events) => results.push(events),
        ({ code, message }) => results.push(`${code}: ${message}`),
      );
      return results;
    }

    it('calls back with its events, or without any if they are gone or damaged', () => {
      const rig = new Rig().open();
      for (const [answer, events] of [
        [of(stored('ab', 0).json), ['a', 'b']],
        [of(undefined), []],
        [of('{'), []],
        [of(stored('cd', 0).json), []],
        [[], []],
      ] as const) {
        rig.readAnswer = answer;
        expect(read(rig)).to.deep.equal([events]);
      }
      expect(rig.clock.timers).to.equal(0);
    });

    it('calls back with the error if the store fails, or does not answer', () => {
      const rig = new Rig().open();
      rig.readAnswer = down();
      expect(read(rig)).to.deep.equal(['SINK_UNAVAILABLE: down']);
      rig.readAnswer = new Subject();
      const results = read(rig);
      rig.clock.pass(30_000);
      expect(results).to.deep.equal(['SPOOL_TIMEOUT: The store did not read a batch within 30000 ms']);
    });

    it('can read only batches that are completely in the store', () => {
      const rig = new Rig().open();
      rig.spool.put(batch('ab'));
      rig.spool.put(batch('cd', ['c', throwing(new Error('no'))]));
      expect(['ab', 'cd', 'x'].map((id) => rig.spool.canRead(batch(id)))).to.deep.equal([true, false, false]);
      const blind = new Rig({ canRead: false }).open();
      blind.spool.put(batch('ab'));
      expect(blind.spool.canRead(batch('ab'))).to.equal(false);
    });
  });

  describe('that is closed', () => {
    it('calls back once the store is closed, for every call; nothing is written or recovered any more', () => {
      const rig = new Rig().open();
      const closing = new Subject<void>();
      rig.closeAnswer = closing;
      rig.spool.close(() => rig.calls.push('first'));
      rig.spool.close(() => rig.calls.push('second'));
      rig.spool.put(batch('ab'));
      rig.recovered$.next({ batches: [stored('c', 0), { id: 'x', position: 1, json: '{' }] });
      expect([rig.calls, rig.log]).to.deep.equal([['close'], []]);
      closing.complete();
      expect(rig.calls).to.deep.equal(['close', 'first', 'second']);
      rig.spool.close(() => rig.calls.push('third'));
      expect([rig.calls.slice(3), rig.recovered$.observed]).to.deep.equal([['third'], false]);
    });

    it('before the store is open, closes it when it opens, without writing earlier batches', () => {
      const rig = new Rig();
      rig.spool.put(batch('ab'));
      rig.spool.close(() => rig.calls.push('closed'));
      const closing = new Subject<void>();
      rig.closeAnswer = closing;
      expect(rig.calls).to.deep.equal([]);
      rig.recovered$.next({ batches: [stored('c', 0)] });
      rig.recovered$.next({ batches: [] });
      expect([rig.calls, rig.log]).to.deep.equal([['recovered c', 'close'], []]);
      closing.complete();
      expect(rig.calls.slice(2)).to.deep.equal(['closed']);
    });

    it('reports that the store could not be closed, and calls back', () => {
      const rig = new Rig().open();
      rig.closeAnswer = down();
      rig.spool.close(() => rig.calls.push('closed'));
      expect([rig.calls, rig.errors]).to.deep.equal([['close', 'closed'], ['unavailable SINK_UNAVAILABLE: down']]);
    });
  });
});

/** What a full store reports that holds this batch. */
function full(events: number, id: string): string {
  return `The store has ${String(events)} events of ${String(stored(id, 0).json.length)} bytes already`;
}
