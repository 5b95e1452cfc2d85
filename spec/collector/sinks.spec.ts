import { expect } from 'chai';
import { NEVER, timer, throwError, type ObservableInput } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import type { EventBatch } from '../../lib/event/event.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { virtually } from '../support/virtual.js';
import { lettersOf } from '../support/letters-of.js';

/** A sink that notes what it gets, and when it is flushed and closed. */
function notingSink(
  name: string,
  answer: (batch: EventBatch) => ObservableInput<unknown> | void = () => undefined,
): EventSink & { readonly notes: string[] } {
  const notes: string[] = [];
  return {
    name,
    notes,
    process: (batch) => {
      notes.push(lettersOf(batch.events));
      return answer(batch);
    },
    flush: () => (notes.push('flush'), []),
    close: () => (notes.push('close'), []),
  };
}

describe('the sinks of a collector', () => {
  it('each get every batch', () => {
    const sinks = [new MemorySink({ name: 'one' }), new MemorySink({ name: 'two' })];
    virtually({ sinks, config: { batch: { maxCount: 2 } } }, ({ collect }) => {
      collect('abcd');
    });
    for (const { events } of sinks) expect(lettersOf(events)).to.equal('abcd');
  });

  it('receive held events if the option was left out', () => {
    const first = new MemorySink({ name: 'first' });
    const second = new MemorySink({ name: 'second' });
    const collector = virtually({ config: { batch: { maxAgeMs: 10 } } }, ({ collector, collect, at }) => {
      collect('ab');
      expect(collector.stats().eventsBuffered).to.equal(2);
      at(100, () => {
        collector.registerSink(first);
        collector.registerSink(second);
      });
    });
    expect([lettersOf(first.events), lettersOf(second.events)]).to.deep.equal(['ab', 'ab']);
    expect(collector.stats().eventsProcessed).to.equal(2);
  });

  it('are waited for with at most queue.maxEvents events; the newest beyond are dropped', () => {
    const sink = new MemorySink();
    virtually({ config: { queue: { maxEvents: 2 } } }, ({ collector, collect }) => {
      collect('ab');
      expect(collector.collect({ type: 'feature_used', data: 'c' })).to.equal('dropped');
      expect(collector.stats().dropped.no_sink).to.equal(1);
      collector.registerSink(sink);
    });
    expect(lettersOf(sink.events)).to.equal('ab');
  });

  it('may be an empty list: events then count as processed immediately', () => {
    virtually({ sinks: [] }, ({ collector, collect }) => {
      collect('ab');
      expect(collector.stats()).to.include({ eventsBuffered: 0, eventsProcessed: 2 });
    });
  });

  it('do not receive events processed before they were registered', () => {
    const sink = new MemorySink();
    virtually({ sinks: [] }, ({ collector, collect }) => {
      collect('ab');
      collector.registerSink(sink);
      collect('cd');
      expect(collector.stats()).to.include({ eventsBuffered: 2, eventsProcessed: 2 });
    });
    expect(lettersOf(sink.events)).to.equal('cd');
  });

  it('must be sinks with unique names', () => {
    expect(() => new EventCollector({ sinks: [new MemorySink(), new MemorySink()] })).to.throw(
      "Duplicate sink name 'memory'. Sink names must be unique; pass `name`.",
    );
    expect(() => {
      new EventCollector().registerSink({ name: 'no process' } as unknown as EventSink);
    }).to.throw(TypeError, 'Expected `sink` to be a sink with a non-empty `name` and a function `process`');
  });

  it('cannot be registered after shutdown', async () => {
    const collector = new EventCollector();
    await collector.shutdown();
    expect(() => {
      collector.registerSink(new MemorySink());
    }).to.throw('The collector is shut down');
  });

  describe('when one leaves', () => {
    it('delivers the open batch to it, then flushes and closes it once', () => {
      const sink = notingSink('leaving');
      virtually({ sinks: [sink] }, ({ collector, collect, ends }) => {
        collect('ab');
        const first = collector.unregisterSink('leaving');
        expect(collector.unregisterSink('leaving') === first || ends.length > 0).to.equal(true);
        collect('c');
      });
      expect(sink.notes).to.deep.equal(['ab', 'flush', 'close']);
    });

    it('drops remaining events at its timeout as unregistered, and still flushes and closes the sink', () => {
      const sink = notingSink('hanging', () => NEVER);
      const collector = virtually({ sinks: [sink] }, ({ collector, collect, ends, at }) => {
        collect('abc');
        void collector.unregisterSink('hanging', { timeoutMs: 500 });
        at(499, () => {
          expect(collector.stats().sinks.hanging).to.include({ pending: 3 });
        });
        at(501, () => {
          expect(ends.map(({ at: when, type, report }) => [when, type, report.timedOut])).to.deep.equal([[500, 'unregister', true]]);
        });
      });
      expect(sink.notes).to.deep.equal(['abc', 'flush', 'close']);
      expect(collector.stats().sinks.hanging).to.deep.include({ dropped: 3, droppedBy: { unregistered: 3 }, removed: true });
    });

    it('holds events after the last sink has left, until another one is registered', () => {
      const next = new MemorySink({ name: 'next' });
      virtually({}, ({ collector, collect, at }) => {
        collector.registerSink(notingSink('first'));
        void collector.unregisterSink('first');
        at(10, () => {
          collect('ab');
          expect(collector.stats().eventsBuffered).to.equal(2);
          collector.registerSink(next);
        });
      });
      expect(lettersOf(next.events)).to.equal('ab');
    });

    it('continues its ledger under a reused name', () => {
      const collector = virtually({ sinks: [notingSink('name')], config: { batch: { maxCount: 1 } } }, ({ collector, collect, at }) => {
        collect('a');
        void collector.unregisterSink('name');
        at(10, () => {
          collector.registerSink(notingSink('name'));
          collect('bc');
        });
      });
      expect(collector.stats().sinks.name).to.include({ offered: 3, delivered: 3 }).and.not.have.property('removed');
    });

    it('does nothing for an unknown name', async () => {
      const collector = new EventCollector();
      expect(await collector.unregisterSink('unknown')).to.deep.equal({ timedOut: false, held: 0, inStages: 0, sinks: {} });
    });
  });

  it('are isolated: a hanging and a failing sink do not affect a working one', () => {
    const good = notingSink('good');
    const sinks = [
      notingSink('hanging', () => NEVER),
      notingSink('failing', () => throwError(() => new SinkError('unavailable', 'away'))),
      good,
    ];
    virtually({ sinks, config: { batch: { maxCount: 1 }, queue: { maxEvents: 3 } } }, ({ collector, collect, at }) => {
      collect('abcdef');
      expect(good.notes).to.deep.equal(['a', 'b', 'c', 'd', 'e', 'f']);
      expect(collector.stats().sinks.hanging).to.deep.include({ pending: 3, droppedBy: { overflow: 3 } });
      at(1, () => void collector.shutdown({ timeoutMs: 100 }));
    });
  });

  it('may be called __proto__', () => {
    const collector = virtually({ sinks: [notingSink('__proto__')], config: { batch: { maxCount: 1 } } }, ({ collect }) => {
      collect('a');
    });
    expect(Object.keys(collector.stats().sinks)).to.deep.equal(['__proto__']);
    expect(Object.getOwnPropertyDescriptor(collector.stats().sinks, '__proto__')?.value).to.include({ delivered: 1 });
  });

  it('get their dead letters back through redeliver', () => {
    let isBroken = true;
    const sink = notingSink('sink', () =>
      isBroken ? throwError(() => new SinkError('write_failed', 'no', { retryable: false })) : timer(10),
    );
    const collector = virtually({ sinks: [sink], config: { batch: { maxCount: 2 } } }, ({ collector, collect, at }) => {
      const letters: Parameters<EventCollector['redeliver']>[0][] = [];
      collector.deadLetters$.subscribe((letter) => letters.push(letter));
      collect('ab');
      at(10, () => {
        isBroken = false;
        expect(letters.map((letter) => [letter.sink, letter.error.kind, letter.attempts])).to.deep.equal([['sink', 'write_failed', 1]]);
        for (const letter of letters) {
          expect(collector.redeliver(letter)).to.equal(true);
          expect(collector.redeliver({ ...letter, sink: 'unknown' })).to.equal(false);
        }
      });
    });
    expect(collector.stats().sinks.sink).to.include({ offered: 4, failed: 2, delivered: 2 });
  });
});
