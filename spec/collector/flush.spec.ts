import { expect } from 'chai';
import { NEVER, throwError, timer, type Observable } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { namedSink } from '../support/sink-of.js';
import { virtually, type Virtual } from '../support/virtual.js';
import { lettersOf } from '../support/letters-of.js';

const endsInShort = ({ ends }: Virtual): string[] =>
  ends.map(({ at, type, report }) => `${String(at)} ${type}${report.timedOut ? ' timed out' : ''}`);

describe('flush', () => {
  it('cuts the open batch, and ends when every lane has settled it', () => {
    virtually({ sinks: [namedSink('slow', () => timer(100)), namedSink('slower', () => timer(300))] }, (virtual) => {
      const { collector, collect, at } = virtual;
      collect('ab');
      void collector.flush();
      expect(collector.stats()).to.deep.include({ eventsBuffered: 0, eventsProcessed: 2, batchesFlushed: 1 });
      at(301, () => {
        expect(endsInShort(virtual)).to.deep.equal(['300 flush']);
        expect(virtual.ends[0]?.report.sinks.slower).to.deep.equal({ delivered: 2, failed: 0, dropped: 0, pending: 0 });
      });
    });
  });

  it('does not wait for later events', () => {
    virtually({ sinks: [namedSink('slow', () => timer(100))], config: { batch: { maxCount: 1 } } }, (virtual) => {
      virtual.collect('a');
      void virtual.collector.flush();
      virtual.collect('b');
      virtual.at(150, () => {
        expect(endsInShort(virtual)).to.deep.equal(['100 flush']);
      });
    });
  });

  it('may overlap with other calls; each waits for earlier events', () => {
    virtually({ sinks: [namedSink('slow', () => timer(100))] }, (virtual) => {
      virtual.collect('a');
      void virtual.collector.flush();
      virtual.collect('b');
      void virtual.collector.flush();
      void virtual.collector.flush();
      virtual.at(250, () => {
        expect(endsInShort(virtual)).to.deep.equal(['100 flush', '200 flush', '200 flush']);
      });
    });
  });

  it('reports a timeout, and pending events stay pending', () => {
    virtually({ sinks: [namedSink('slow', () => timer(500))] }, (virtual) => {
      virtual.collect('abc');
      void virtual.collector.flush({ timeoutMs: 200 });
      virtual.at(201, () => {
        expect(endsInShort(virtual)).to.deep.equal(['200 flush timed out']);
        expect(virtual.ends[0]?.report.sinks.slow).to.include({ pending: 3 });
      });
      virtual.at(600, () => {
        expect(virtual.collector.stats().sinks.slow).to.include({ delivered: 3 });
      });
    });
  });

  it('is not wedged by a failure', () => {
    const failures = [throwError(() => new SinkError('rejected', 'no')), undefined];
    virtually({ sinks: [namedSink('sink', () => failures.shift())] }, (virtual) => {
      virtual.collect('a');
      void virtual.collector.flush();
      virtual.collect('b');
      void virtual.collector.flush();
      expect(virtual.ends.map(({ report }) => report.sinks.sink)).to.deep.equal([
        { delivered: 0, failed: 1, dropped: 0, pending: 0 },
        { delivered: 1, failed: 1, dropped: 0, pending: 0 },
      ]);
    });
  });

  it('resolves immediately without a sink, and reports held events', async () => {
    const collector = new EventCollector();
    collector.track('feature_used', { feature: 'x' });
    expect(await collector.flush()).to.deep.equal({ timedOut: false, held: 1, inStages: 0, sinks: {} });
    await collector.shutdown();
  });

  it('called inside `process` does not wait for the current batch', () => {
    let collector: EventCollector | undefined;
    const sink = namedSink('asking', () => {
      void collector?.flush();
      return timer(1_000);
    });
    virtually({ sinks: [sink], config: { batch: { maxCount: 1 } } }, (virtual) => {
      ({ collector } = virtual);
      virtual.collect('a');
      expect(endsInShort(virtual)).to.deep.equal(['0 flush']);
    });
  });

  it('called inside `process` of one half of a batch waits for the other half', () => {
    let collector: EventCollector | undefined;
    const sink = namedSink('asking', ({ events }) => {
      if (events.length > 1) return throwError(() => new SinkError('too_large', 'One at a time'));
      if (lettersOf(events) === 'a') void collector?.flush();
      return timer(100);
    });
    virtually({ sinks: [sink], config: { batch: { maxCount: 2 } } }, (virtual) => {
      const { collect, at } = virtual;
      ({ collector } = virtual);
      collect('ab');
      at(201, () => {
        expect(endsInShort(virtual)).to.deep.equal(['200 flush']);
      });
    });
  });

  it('rejects for invalid options, as shutdown and unregisterSink do, and changes nothing', async () => {
    const collector = new EventCollector({ sinks: [new MemorySink()] });
    const calls: ((options: never) => Promise<unknown>)[] = [
      (options) => collector.flush(options),
      (options) => collector.shutdown(options),
      (options) => collector.unregisterSink('memory', options),
      (options) => collector.unregisterSink('unknown', options),
    ];
    const cases: [options: unknown, message: string][] = [
      [{ timeoutMs: -1 }, 'Expected `timeoutMs` to be a number of milliseconds'],
      [{ timeoutMs: NaN }, 'Expected `timeoutMs` to be a number of milliseconds'],
      [{ timeout: 1 }, 'Unknown option `timeout`. Did you mean `timeoutMs`? Options: timeoutMs'],
      [5_000, 'Expected `options` to be an object, got `5000` (number). Did you mean `{ timeoutMs: … }`?'],
    ];
    for (const call of calls) {
      for (const [options, message] of cases) {
        const error: unknown = await call(options as never).catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(TypeError).with.property('message').that.contains(message);
      }
    }
    expect(collector.track('a')).to.equal('accepted');
    expect((await collector.shutdown()).sinks).to.deep.equal({ memory: { delivered: 1, failed: 0, dropped: 0, pending: 0 } });
  });

  it('rejects for options that throw when they are read', async () => {
    const collector = new EventCollector({ sinks: [new MemorySink()] });
    const hostile = new Error('hostile');
    const fail = (): never => {
      throw hostile;
    };
    const cases = [new Proxy({}, { ownKeys: fail }), Object.defineProperty({}, 'timeoutMs', { get: fail, enumerable: true })];
    for (const options of cases) {
      const calls = [collector.flush(options), collector.shutdown(options), collector.unregisterSink('memory', options)];
      for (const call of calls) expect(await call.catch((thrown: unknown) => thrown)).to.equal(hostile);
    }
    expect(collector.track('a')).to.equal('accepted');
  });
});

describe('shutdown', () => {
  it('delivers open events, flushes and closes every sink, and completes the observables', () => {
    const calls: string[] = [];
    const sink: EventSink = {
      name: 'sink',
      process: ({ events, reason }) => void calls.push(`${lettersOf(events)} ${reason}`),
      flush: () => (calls.push('flush'), timer(10)),
      close: () => (calls.push('close'), timer(10)),
    };
    virtually({ sinks: [sink] }, (virtual) => {
      const completed: string[] = [];
      const { events$, batches$, deliveries$, deadLetters$, diagnostics$, stats$ } = virtual.collector;
      for (const [name, stream$] of Object.entries({ events$, batches$, deliveries$, deadLetters$, diagnostics$, stats$ })) {
        (stream$ as Observable<unknown>).subscribe({ complete: () => completed.push(name) });
      }
      virtual.collect('ab');
      void virtual.collector.shutdown();
      virtual.at(21, () => {
        expect(calls).to.deep.equal(['ab flush', 'flush', 'close']);
        expect(endsInShort(virtual)).to.deep.equal(['20 shutdown']);
        expect(completed).to.have.members(['events$', 'batches$', 'deliveries$', 'deadLetters$', 'diagnostics$', 'stats$']);
      });
    });
  });

  it('refuses and counts later events', async () => {
    const collector = new EventCollector({ sinks: [new MemorySink()] });
    const end = collector.shutdown();
    expect(collector.track('feature_used')).to.equal('closed');
    await end;
    expect(collector.track('feature_used')).to.equal('closed');
    expect(collector.stats()).to.include({ eventsReceived: 2, eventsClosed: 2 });
  });

  it('returns the same promise again', async () => {
    const collector = new EventCollector();
    expect(collector.shutdown()).to.equal(collector.shutdown());
    await collector.shutdown();
  });

  it('settles at its deadline, and reports exactly the lost events; a working sink does not wait for a failing one', () => {
    const good = new MemorySink({ name: 'good' });
    let closedAt = -1;
    const closing: EventSink = { ...namedSink('closing', () => undefined), close: () => ((closedAt = 0), []) };
    virtually({ sinks: [good, namedSink('hanging', () => NEVER), closing] }, (virtual) => {
      virtual.collect('abc');
      void virtual.collector.shutdown({ timeoutMs: 200 });
      expect(closedAt).to.equal(0);
      virtual.at(201, () => {
        expect(endsInShort(virtual)).to.deep.equal(['200 shutdown timed out']);
        expect(virtual.ends[0]?.report.sinks).to.deep.equal({
          good: { delivered: 3, failed: 0, dropped: 0, pending: 0 },
          hanging: { delivered: 0, failed: 0, dropped: 3, pending: 0 },
          closing: { delivered: 3, failed: 0, dropped: 0, pending: 0 },
        });
        expect(virtual.collector.stats().sinks.hanging?.droppedBy).to.deep.equal({ shutdown: 3 });
      });
    });
    expect(lettersOf(good.events)).to.equal('abc');
  });

  it('makes one last attempt of a back-off that would outlast the deadline', () => {
    const attempts: number[] = [];
    virtually(
      {
        sinks: [namedSink('away', () => (attempts.push(virtualNow()), throwError(() => new SinkError('unavailable', 'away'))))],
        lane: { retry: { baseDelayMs: 10_000, jitter: 'none' } },
        config: { batch: { maxCount: 1 } },
      },
      (virtual) => {
        ({ now: virtualNow } = virtual);
        virtual.collect('ab');
        virtual.at(100, () => void virtual.collector.shutdown({ timeoutMs: 5_000 }));
        virtual.at(101, () => {
          // The first batch's second attempt, and the second batch's only two.
          expect(attempts).to.deep.equal([0, 100, 100, 100]);
          expect(endsInShort(virtual)).to.deep.equal(['100 shutdown']);
          expect(virtual.ends[0]?.report.sinks.away).to.include({ failed: 2, pending: 0 });
        });
      },
    );
  });

  it('respects a Retry-After, and drops events at the deadline that still wait for it', () => {
    const attempts: number[] = [];
    virtually(
      {
        sinks: [
          namedSink(
            'busy',
            () => (attempts.push(virtualNow()), throwError(() => new SinkError('unavailable', 'busy', { retryAfterMs: 60_000 }))),
          ),
        ],
      },
      (virtual) => {
        ({ now: virtualNow } = virtual);
        virtual.collect('ab');
        void virtual.collector.shutdown({ timeoutMs: 1_000 });
        virtual.at(1_001, () => {
          expect(attempts).to.deep.equal([0]);
          expect(endsInShort(virtual)).to.deep.equal(['1000 shutdown timed out']);
          expect(virtual.collector.stats().sinks.busy?.droppedBy).to.deep.equal({ shutdown: 2 });
        });
      },
    );
  });

  it('drops and reports events held without a sink', async () => {
    const collector = new EventCollector();
    collector.track('feature_used');
    expect(await collector.shutdown()).to.deep.equal({ timedOut: false, held: 1, inStages: 0, sinks: {} });
    expect(collector.stats().dropped.shutdown).to.equal(1);
  });

  it('reports the failure of a flush and closes all the same', () => {
    const calls: string[] = [];
    const sink: EventSink = {
      ...namedSink('sink', () => undefined),
      flush: () => throwError(() => new Error('disk full')),
      close: () => (calls.push('close'), []),
    };
    const collector = virtually({ sinks: [sink] }, ({ collector: made, diagnostics }) => {
      void made.shutdown();
      expect(diagnostics.map((diagnostic) => diagnostic.type)).to.deep.equal(['sink_error', 'shutdown']);
    });
    expect(calls).to.deep.equal(['close']);
    expect(collector.stats().flushErrors).to.equal(1);
  });

  it('is called by `await using`, if the runtime supports it', async function () {
    if (typeof Symbol.asyncDispose !== 'symbol') this.skip();
    const collector = new EventCollector();
    await collector[Symbol.asyncDispose]();
    expect(collector.track('feature_used')).to.equal('closed');
  });
});

let virtualNow = (): number => 0;
