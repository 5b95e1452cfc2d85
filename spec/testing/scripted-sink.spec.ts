import { expect } from 'chai';
import { concat, of, VirtualTimeScheduler, type Observable } from 'rxjs';
import { createBatch } from '../../lib/event/batch-of.js';
import { isSinkError, SinkError } from '../../lib/errors/sink-error.js';
import { deliver } from '../../lib/operators/deliver.js';
import { marbles } from '../../lib/testing/marbles.js';
import { scriptedSink, type ScriptedSink } from '../../lib/testing/scripted-sink.js';

const LETTERS = ['a', 'b', 'c', 'd', 'e'];
const batch = createBatch(LETTERS, 1);

/** One attempt at the batch, by hand. */
function attempt(sink: ScriptedSink<string>, signal = new AbortController().signal): Observable<never> {
  return sink.process(batch, { attempt: 1, signal });
}

/** The error of an attempt that answers at once. */
function errorOf(script: string): SinkError {
  let caught: unknown;
  attempt(scriptedSink<string>('it', script)).subscribe({ error: (error: unknown) => (caught = error) });
  if (!isSinkError(caught)) throw new Error(`Expected '${script}' to fail`);
  return caught;
}

describe('scriptedSink', () => {
  describe('script', () => {
    it('uses one word per attempt, and the last word for all later ones', () => {
      const sink = scriptedSink<string>('it', ' fail  ok 413 ');
      for (let count = 0; count < 5; count += 1) attempt(sink).subscribe({ error: () => undefined });
      expect(sink.attempts.map(({ word }) => word)).to.deep.equal(['fail', 'ok', '413', '413', '413']);
    });

    it('is always `ok` without a script', () => {
      const sink = scriptedSink<string>('it');
      attempt(sink).subscribe();
      attempt(sink).subscribe();
      expect(sink.delivered).to.deep.equal([...LETTERS, ...LETTERS]);
    });

    for (const [script, got] of Object.entries({
      oops: 'oops',
      'ok toString': 'toString',
      'hang:5': 'hang:5',
      'throw:5': 'throw:5',
      'ok:': 'ok:',
      'ok:-1': 'ok:-1',
      'ok:1:2': 'ok:1:2',
      'ok:2147483648': 'ok:2147483648',
    })) {
      it(`refuses \`${script}\` when called, and lists the known words`, () => {
        expect(() => scriptedSink('it', script)).to.throw(
          TypeError,
          'Expected every word of `script` to be one of ok[:ms], fail[:ms], partial[:ms], reject[:ms], 413[:ms], 429[:ms], 503[:ms], ' +
            `late[:ms], hang, throw, got \`'${got}'\` (string)`,
        );
      });
    }

    it('refuses a script without words', () => {
      expect(() => scriptedSink('it', ' ')).to.throw(TypeError, 'Expected `script` to be words separated by blanks');
    });

    it('refuses a bad word for `flush` and `close` by their names', () => {
      expect(() => scriptedSink('it', 'ok', { flush: 'oops' })).to.throw(TypeError, 'every word of `flush`');
      expect(() => scriptedSink('it', 'ok', { close: 'oops' })).to.throw(TypeError, 'every word of `close`');
    });
  });

  it('refuses an empty name, and an invalid scheduler', () => {
    expect(() => scriptedSink('')).to.throw(TypeError, 'Expected `name` to be a non-empty string');
    expect(() => scriptedSink('it', 'ok', { scheduler: {} as never })).to.throw(TypeError, 'Expected `scheduler`');
  });

  describe('answers', () => {
    it('`ok` immediately, and after a delay', () => {
      marbles(({ expectObservable }) => {
        const sink = scriptedSink<string>('it', 'ok ok:3');
        expectObservable(concat(attempt(sink), attempt(sink))).toBe('---|');
      });
    });

    it('`fail` immediately, and after a delay', () => {
      marbles(({ expectObservable }) => {
        const sink = scriptedSink<string>('it', 'fail fail:3');
        expectObservable(attempt(sink)).toBe('#', {}, new SinkError('write_failed', "The script of 'it' says `fail`"));
        expectObservable(attempt(sink)).toBe('---#', {}, new SinkError('write_failed', "The script of 'it' says `fail:3`"));
      });
    });

    for (const [word, kind] of Object.entries({
      fail: 'write_failed',
      partial: 'write_failed',
      reject: 'rejected',
      413: 'too_large',
      429: 'unavailable',
      503: 'unavailable',
    })) {
      it(`\`${word}\` with ${kind}`, () => {
        const { kind: got, retryAfterMs, message } = errorOf(word);
        expect(got).to.equal(kind);
        expect(retryAfterMs).to.equal(undefined);
        expect(message).to.equal(`The script of 'it' says \`${word}\``);
      });
    }

    it('`429` and `503` immediately; the number requests a delay', () => {
      expect(errorOf('429:2000').retryAfterMs).to.equal(2_000);
      expect(errorOf('503:0').retryAfterMs).to.equal(0);
    });

    it('`partial` by taking the first half, rounded down, and naming the others', () => {
      const sink = scriptedSink<string>('it', 'partial');
      attempt(sink).subscribe({ error: () => undefined });
      expect(sink.delivered).to.deep.equal(['a', 'b']);
      expect(errorOf('partial').failed).to.deep.equal(['c', 'd', 'e']);
    });

    it('`throw` by throwing when called, and the attempt counts', () => {
      const sink = scriptedSink<string>('it', 'throw');
      expect(() => attempt(sink)).to.throw(Error, "The script of 'it' says `throw`");
      expect(sink.attempts).to.have.length(1);
    });

    it('`hang` never', () => {
      marbles(({ expectObservable }) => {
        expectObservable(attempt(scriptedSink('it', 'hang'))).toBe('---');
      });
    });

    it('`late` only after the attempt was abandoned', () => {
      const sink = scriptedSink<string>('it', 'late:5');
      const seen: number[] = [];
      marbles(({ expectObservable, cold }) => {
        expectObservable(attempt(sink), '---!').toBe('----');
        cold('--a----a-a').subscribe(() => seen.push(sink.delivered.length));
      });
      expect(seen).to.deep.equal([0, 0, 5]);
    });

    it('not after it was unsubscribed', () => {
      const sink = scriptedSink<string>('it', 'ok:5');
      marbles(({ expectObservable }) => {
        expectObservable(attempt(sink), '---!').toBe('----');
      });
      expect(sink.delivered).to.deep.equal([]);
    });
  });

  describe('memory', () => {
    it('keeps each attempt with its batch, its number and its time', () => {
      const scheduler = new VirtualTimeScheduler();
      const sink = scriptedSink<string>('it', 'fail ok', { scheduler });
      const lane = { scheduler, retry: { baseDelayMs: 30, jitter: 'none' } } as const;
      of(batch).pipe(deliver(sink, lane)).subscribe();
      scheduler.flush();
      expect(sink.attempts).to.deep.equal([
        { batch, attempt: 1, at: 0, word: 'fail' },
        { batch, attempt: 2, at: 30, word: 'ok' },
      ]);
    });

    it('keeps the events that it accepted, and no others', () => {
      const sink = scriptedSink<string>('it', 'fail reject 413 429 503 partial ok');
      for (let count = 0; count < 7; count += 1) attempt(sink).subscribe({ error: () => undefined });
      expect(sink.delivered.join('')).to.equal('ab' + 'abcde');
    });

    it('counts the attempts that were aborted before they had answered', () => {
      const sink = scriptedSink<string>('it', 'ok hang fail hang');
      const controller = new AbortController();
      for (let count = 0; count < 4; count += 1) attempt(sink, controller.signal).subscribe({ error: () => undefined });
      expect(sink.aborted).to.equal(0);
      controller.abort();
      expect(sink.aborted).to.equal(2);
      attempt(sink, controller.signal).subscribe();
      expect(sink.aborted, 'begun with an aborted signal').to.equal(3);
    });

    it('counts calls of flush and close', () => {
      const sink = scriptedSink('it');
      sink.flush().subscribe();
      sink.close().subscribe();
      sink.close().subscribe();
      expect([sink.flushed, sink.closed]).to.deep.equal([1, 2]);
    });
  });

  it('follows scripts for flush and close, too', () => {
    const sink = scriptedSink('it', 'ok', { flush: 'ok:2 fail', close: 'hang' });
    marbles(({ expectObservable }) => {
      expectObservable(sink.flush()).toBe('--|');
      expectObservable(sink.flush()).toBe('#', {}, new SinkError('flush_failed', "The script of 'it' says `fail`"));
      expectObservable(sink.close()).toBe('---');
    });
  });

  describe('time', () => {
    it('is that of the scheduler that it runs on', () => {
      const scheduler = new VirtualTimeScheduler();
      const sink = scriptedSink<string>('it', 'ok:10');
      sink.runOn(scheduler);
      attempt(sink).subscribe();
      scheduler.flush();
      expect(scheduler.now()).to.equal(10);
      expect(sink.delivered).to.deep.equal(LETTERS);
    });

    it('is that of its own scheduler, if it was created with one', () => {
      const scheduler = new VirtualTimeScheduler();
      const sink = scriptedSink<string>('it', 'ok:10', { scheduler });
      sink.runOn(new VirtualTimeScheduler());
      attempt(sink).subscribe();
      scheduler.flush();
      expect(sink.delivered).to.deep.equal(LETTERS);
    });
  });

  it('behaves in a lane as its diagram shows', () => {
    const sink = scriptedSink<string>('flaky', 'fail:2 late:3 ok:1');
    const takenAt: number[] = [];
    marbles(({ cold, expectObservable }) => {
      const batches = '  --(b|)';
      const times = '    t---------t-t';
      const deliveries = '---------(d|)';
      const lane = deliver(sink, { timeoutMs: 4, retry: { baseDelayMs: 0 } });
      const delivery = { sink: 'flaky', batch, attempts: 3, status: 'delivered' };
      expectObservable(cold(batches, { b: batch }).pipe(lane)).toBe(deliveries, { d: delivery });
      cold(times).subscribe(() => takenAt.push(sink.delivered.length));
    });
    expect(sink.attempts.map(({ at }) => at)).to.deep.equal([2, 4, 8]);
    expect(takenAt, 'at 0, 10 and 12').to.deep.equal([0, 5, 10]);
    expect(sink.aborted).to.equal(1);
  });

  it('refuses unknown options and suggests the nearest name', () => {
    expect(() => scriptedSink('odd', 'ok', { flsh: 'ok' } as object)).to.throw(TypeError, 'Unknown option `flsh`. Did you mean `flush`?');
  });
});
