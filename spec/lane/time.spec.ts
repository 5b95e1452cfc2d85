import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { NEVER, Subject, throwError } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { CollectorOptions } from '../../lib/collector/collector-options.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import { MAX_DELAY_MS } from '../../lib/internal/check-option.js';
import type { LanePatch } from '../../lib/lane/lane-options.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { DAY_MS, HOUR_MS, VirtualClock } from '../support/virtual-clock.js';

/** How far the wall clock is set. */
const STEPS: readonly (readonly [string, number])[] = [
  ['set back an hour', -HOUR_MS],
  ['set back 30 days', -30 * DAY_MS],
  ['set forward an hour', HOUR_MS],
  ['set forward 30 days', 30 * DAY_MS],
];

describe('durations, when the wall clock is', () => {
  for (const [name, stepMs] of STEPS) {
    describe(name, () => {
      let clock: VirtualClock;
      /** When each attempt was made, in elapsed milliseconds. */
      let attempts: number[];
      /** What the sink answers; the last one repeats. */
      let answers: (() => unknown)[];
      beforeEach(() => {
        clock = new VirtualClock();
        attempts = [];
        answers = [];
      });
      afterEach(() => {
        for (const delay of clock.delays) expect(delay).to.be.within(0, MAX_DELAY_MS);
      });

      const fail = (): never => {
        throw new SinkError('unavailable', 'Down');
      };
      const make = (lane: LanePatch, options: CollectorOptions = {}): EventCollector => {
        const sink: EventSink = {
          name: 'sink',
          process: () => {
            attempts.push(clock.elapsed);
            return (answers.length > 1 ? answers.shift() : answers[0])?.() as undefined;
          },
        };
        return new EventCollector({
          scheduler: clock,
          sinks: [sink],
          lane,
          random: () => 0.5,
          config: { batch: { maxCount: 1 } },
          ...options,
        });
      };

      it('a breaker stays open for its time', () => {
        answers = [fail];
        const collector = make({ retry: { baseDelayMs: 10 }, breaker: { failures: 1, openMs: 30_000 } });
        collector.track('a');
        clock.pass(1_000);
        clock.step(stepMs);
        clock.pass(35_000);
        expect(attempts).to.deep.equal([0, 30_000]);
      });

      it('a back-off lasts for its time', () => {
        answers = [fail, () => undefined];
        const collector = make({ retry: { baseDelayMs: 20_000, jitter: 'none' }, breaker: false });
        collector.track('a');
        clock.pass(1_000);
        clock.step(stepMs);
        clock.pass(30_000);
        expect(attempts).to.deep.equal([0, 20_000]);
        expect(collector.stats().eventsProcessed).to.equal(1);
      });

      it('maxElapsedMs counts elapsed time', () => {
        answers = [fail];
        const collector = make({
          retry: { baseDelayMs: 10_000, maxDelayMs: 10_000, maxElapsedMs: 60_000, jitter: 'none' },
          breaker: false,
        });
        collector.track('a');
        clock.pass(1_000);
        clock.step(stepMs);
        clock.pass(100_000);
        expect(attempts).to.deep.equal([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
        expect(collector.stats().sinks['sink']?.failed).to.equal(1);
      });

      it('an attempt has its timeout', () => {
        answers = [() => NEVER, () => undefined];
        const collector = make({ timeoutMs: 10_000, retry: { baseDelayMs: 100, jitter: 'none' }, breaker: false });
        collector.track('a');
        clock.pass(1_000);
        clock.step(stepMs);
        clock.pass(30_000);
        // After what looks like a gap, the attempt gets its whole time again.
        expect(attempts).to.deep.equal([0, stepMs > 0 ? 20_100 : 10_100]);
      });

      it('an open batch ages', () => {
        const collector = make({}, { config: { batch: { maxCount: 100, maxAgeMs: 30_000 } } });
        collector.track('a');
        clock.pass(1_000);
        clock.step(stepMs);
        clock.pass(40_000);
        expect(attempts).to.deep.equal([30_000]);
      });

      it('an open batch is not late after a change of maxAgeMs', () => {
        const collector = make({}, { config: { batch: { maxCount: 100, maxAgeMs: 30_000 } } });
        collector.track('a');
        clock.pass(1_000);
        clock.step(stepMs);
        collector.updateConfig({ batch: { maxAgeMs: 20_000 } });
        clock.pass(60_000);
        expect(attempts).to.have.length(1);
        // No timer has fired since the batch was opened: nothing shows the second that has passed.
        expect(attempts[0]).to.be.at.most(stepMs < 0 ? 21_000 : 20_000);
      });

      it('events wait 30 minutes for consent', () => {
        const consent$ = new Subject<ConsentState>();
        const collector = make({}, { consent$ });
        const lost: string[] = [];
        collector.diagnostics$.subscribe((diagnostic) => lost.push(`${diagnostic.type} ${String(clock.elapsed)}`));
        collector.track('a');
        clock.pass(1_000);
        clock.step(stepMs);
        clock.pass(HOUR_MS / 2 - 1_000);
        expect(lost).to.deep.equal([]);
        clock.pass(1);
        expect(lost).to.deep.equal(['loss 1800001']);
      });

      it('events are released when consent is granted within its time', () => {
        const consent$ = new Subject<ConsentState>();
        const collector = make({}, { consent$ });
        collector.track('a');
        clock.pass(1_000);
        clock.step(stepMs);
        clock.pass(1_000);
        consent$.next('granted');
        expect(attempts).to.deep.equal([2_000]);
      });

      it('a loss that is repeated then is reported within a second', () => {
        const collector = make({});
        const counts: number[] = [];
        collector.diagnostics$.subscribe((diagnostic) => counts.push('count' in diagnostic ? diagnostic.count : 0));
        collector.track('');
        clock.step(stepMs);
        collector.track('');
        clock.pass(1_000);
        expect(counts).to.deep.equal([1, 1]);
      });

      it('diagnostics are reported once a second', () => {
        const collector = make({});
        const counts: number[] = [];
        collector.diagnostics$.subscribe((diagnostic) => counts.push('count' in diagnostic ? diagnostic.count : 0));
        collector.track('');
        collector.track('');
        clock.step(stepMs);
        clock.pass(1_000);
        expect(counts).to.deep.equal([1, 1]);
        collector.track('');
        collector.track('');
        clock.pass(1_000);
        expect(counts.reduce((sum, count) => sum + count)).to.equal(4);
      });

      it('diagnostics are reported once a second if that happens while others are reported', () => {
        const collector = make({});
        const counts: number[] = [];
        let isSet = false;
        collector.diagnostics$.subscribe((diagnostic) => {
          counts.push('count' in diagnostic ? diagnostic.count : 0);
          if (counts.length < 2 || isSet) return;
          isSet = true;
          clock.step(stepMs);
          collector.track('');
        });
        collector.track('');
        collector.track('');
        clock.suspend(1_000);
        collector.track('');
        clock.pass(1_000);
        expect(counts.reduce((sum, count) => sum + count)).to.equal(4);
      });
    });
  }
});

describe('deadlines, when the process was stopped', () => {
  let clock: VirtualClock;
  /** When each attempt was made, and when and how each report came, in elapsed milliseconds. */
  let happened: string[];
  const note = (what: string): void => {
    happened.push(`${what} ${String(clock.elapsed)}`);
  };
  beforeEach(() => {
    clock = new VirtualClock();
    happened = [];
  });

  const make = (process: () => unknown, lane: LanePatch = {}): EventCollector => {
    const sink = {
      name: 'sink',
      process: () => {
        note('attempt');
        return process() as undefined;
      },
    };
    const collector = new EventCollector({ scheduler: clock, sinks: [sink], lane: { retry: { jitter: 'none' }, ...lane } });
    collector.diagnostics$.subscribe((diagnostic) => {
      if ('report' in diagnostic) note(`${diagnostic.type} ${diagnostic.report.timedOut ? 'timed out' : 'ended'}`);
    });
    collector.track('a');
    return collector;
  };
  /** Timers fire on time, but the clock shows that an hour has passed. */
  const freeze = (): void => {
    clock.step(HOUR_MS);
  };

  for (const verb of ['flush', 'shutdown', 'unregister'] as const) {
    const call = (collector: EventCollector, timeoutMs: number): void => {
      const report = verb === 'unregister' ? collector.unregisterSink('sink', { timeoutMs }) : collector[verb]({ timeoutMs });
      report.catch(note);
    };

    it(`${verb} reads an answer that arrived meanwhile`, () => {
      const answer = new Subject<never>();
      call(
        make(() => answer),
        5_000,
      );
      clock.pass(4_000);
      freeze();
      clock.pass(1_010);
      answer.complete();
      expect(happened).to.deep.equal(['attempt 0', `${verb} ended 5010`]);
    });

    it(`${verb} has its whole time again, once`, () => {
      call(
        make(() => NEVER, { timeoutMs: Infinity }),
        5_000,
      );
      clock.pass(4_000);
      freeze();
      clock.pass(5_000);
      freeze();
      clock.pass(5_000);
      // After a second gap, answers are still read first.
      expect(happened).to.deep.equal(['attempt 0', `${verb} timed out 10050`]);
    });

    it(`${verb} reads an answer first if its timer was late for another reason`, () => {
      const answer = new Subject<never>();
      call(
        make(() => answer),
        5_000,
      );
      clock.pass(4_000);
      clock.step(500);
      clock.pass(1_010);
      answer.complete();
      expect(happened).to.deep.equal(['attempt 0', `${verb} ended 5010`]);
    });
  }

  for (const verb of ['shutdown', 'unregister'] as const) {
    it(`${verb} continues to retry after a gap`, async () => {
      const answer = new Subject<never>();
      const answers = [answer];
      const collector = make(() => answers.shift(), { retry: { baseDelayMs: 2_000, jitter: 'none' } });
      const ending =
        verb === 'shutdown' ? collector.shutdown({ timeoutMs: 3_000 }) : collector.unregisterSink('sink', { timeoutMs: 3_000 });
      clock.pass(1_000);
      freeze();
      clock.pass(2_010);
      answer.error(new SinkError('unavailable', 'The network is not back yet'));
      clock.pass(2_000);
      expect(happened).to.deep.equal(['attempt 0', 'attempt 5010', `${verb} ended 5010`]);
      expect((await ending).timedOut).to.equal(false);
      expect(collector.stats().sinks['sink']?.delivered).to.equal(1);
    });
  }
});

describe('attempts, when the process was stopped', () => {
  const make = (clock: VirtualClock, process: (attempt: number) => unknown, lane: LanePatch): EventCollector => {
    const sink = { name: 'sink', process: (_batch: unknown, { attempt }: { attempt: number }) => process(attempt) as undefined };
    const collector = new EventCollector({ scheduler: clock, sinks: [sink], lane: { breaker: false, ...lane } });
    collector.collect({ type: 'a', priority: 'critical' });
    return collector;
  };

  it('read an answer before the timeout after a second gap, too', () => {
    const clock = new VirtualClock();
    const answer = new Subject<never>();
    const collector = make(clock, () => answer, { timeoutMs: 10_000 });
    clock.pass(5_000);
    clock.step(HOUR_MS);
    clock.pass(10_000);
    clock.step(HOUR_MS);
    clock.pass(5_010);
    answer.complete();
    expect(collector.stats().sinks['sink']).to.deep.include({ attempts: 1, delivered: 1 });
  });

  it('are retried if the clock is set forward while their failure is reported', () => {
    const clock = new VirtualClock();
    const collector = make(
      clock,
      () => {
        throw new SinkError('unavailable', 'Down');
      },
      { retry: { baseDelayMs: 1_000, jitter: 'none' } },
    );
    collector.diagnostics$.subscribe(({ type }) => {
      if (type === 'sink_error') clock.step(HOUR_MS);
    });
    clock.pass(1_000);
    expect(collector.stats().sinks['sink']).to.deep.include({ attempts: 2, pending: 1 });
  });

  it('are retried if it is set forward while the opening of the breaker is reported', () => {
    const clock = new VirtualClock();
    const collector = make(
      clock,
      () => {
        throw new SinkError('unavailable', 'Down');
      },
      { breaker: { failures: 1, openMs: 1_000 }, retry: { baseDelayMs: 1_000, jitter: 'none' } },
    );
    collector.diagnostics$.subscribe((diagnostic) => {
      if (diagnostic.type === 'breaker' && diagnostic.state === 'open') clock.step(HOUR_MS);
    });
    clock.pass(5_000);
    expect(collector.stats().sinks['sink']).to.include({ failed: 0, pending: 1 });
    expect(collector.stats().sinks['sink']?.attempts).to.be.above(1);
  });

  it('are retried if it is set forward while the refusal of their whole batch is reported', () => {
    const clock = new VirtualClock();
    const sizes: number[] = [];
    const sink: EventSink = {
      name: 'sink',
      process: ({ events }) => {
        sizes.push(events.length);
        throw new SinkError(events.length > 1 ? 'rejected' : 'unavailable', 'No');
      },
    };
    const collector = new EventCollector({
      scheduler: clock,
      sinks: [sink],
      config: { batch: { maxCount: 2 } },
      lane: { breaker: false, concurrency: 2, retry: { baseDelayMs: 1_000, jitter: 'none' } },
    });
    collector.diagnostics$.subscribe(({ type }) => {
      if (type === 'sink_error' && sizes.length === 1) clock.step(HOUR_MS);
    });
    collector.track('a');
    collector.track('b');
    expect(sizes).to.deep.equal([2, 1, 1]);
    expect(collector.stats().sinks['sink']).to.include({ failed: 0, pending: 2 });
  });

  it('keep their time if the clock is set forward while the end of another batch is reported', () => {
    const clock = new VirtualClock();
    const collector = new EventCollector({
      scheduler: clock,
      sinks: [{ name: 'sink', process: () => NEVER }],
      config: { batch: { maxCount: 1 } },
      lane: { breaker: false, concurrency: 2, timeoutMs: 10_000, retry: { maxElapsedMs: 1 } },
    });
    collector.deadLetters$.subscribe(() => {
      clock.step(HOUR_MS);
    });
    collector.track('a');
    clock.pass(5_000);
    collector.track('b');
    clock.pass(7_000);
    expect(collector.stats().sinks['sink']).to.include({ failed: 1, pending: 1, attempts: 2 });
  });

  it('are retried after two steps, the second while the end of another batch is reported', () => {
    const clock = new VirtualClock();
    const answers = [new Subject<never>(), throwError(() => new SinkError('rejected', 'No'))];
    const [first] = answers;
    const collector = new EventCollector({
      scheduler: clock,
      sinks: [{ name: 'sink', process: () => answers.shift() }],
      config: { batch: { maxCount: 1 } },
      lane: { breaker: false, concurrency: 2 },
    });
    collector.deadLetters$.subscribe(() => {
      clock.step(HOUR_MS);
    });
    collector.track('a');
    clock.step(HOUR_MS);
    collector.track('b');
    (first as Subject<never>).error(new SinkError('unavailable', 'Down'));
    expect(collector.stats().sinks['sink']).to.include({ failed: 1, pending: 1 });
  });

  it('that start after a gap keep their whole time for the next one', () => {
    const clock = new VirtualClock();
    const answer = new Subject<never>();
    const fail = (): never => {
      throw new SinkError('unavailable', 'Down');
    };
    const first = new Subject<never>();
    const collector = make(clock, (attempt) => (attempt === 1 ? first : attempt === 2 ? answer : fail()), {
      timeoutMs: 10_000,
      retry: { baseDelayMs: 8_000, jitter: 'none' },
    });
    clock.pass(1_000);
    first.error(new SinkError('unavailable', 'Down'));
    clock.pass(7_500);
    clock.step(HOUR_MS);
    // The second attempt begins at 9,000, the first one's timer fires at 10,000.
    clock.pass(1_000);
    clock.pass(5_000);
    clock.step(HOUR_MS);
    clock.pass(7_000);
    answer.complete();
    expect(collector.stats().sinks['sink']).to.deep.include({ attempts: 2, delivered: 1 });
  });

  describe('among others', () => {
    /** Elapsed milliseconds at which each attempt times out: `a` starts at 0, `b` at `startMs`. What is called at `b` may stop the process. */
    function timeouts({
      timeoutMs,
      startMs,
      inProcess,
      inReport,
    }: {
      timeoutMs: number;
      startMs: number;
      inProcess?: number;
      inReport?: number;
    }) {
      const clock = new VirtualClock();
      const failed: unknown[] = [];
      const collector = new EventCollector({
        scheduler: clock,
        sinks: [
          {
            name: 'sink',
            process: ({ events: [event] }) => {
              if (event?.type === 'b') clock.suspend(inProcess ?? 0);
              if (event?.type === 'b' && inReport !== undefined) throw new SinkError('rejected', 'No');
              return NEVER;
            },
          },
        ],
        config: { batch: { maxCount: 1 } },
        lane: { breaker: false, concurrency: 2, timeoutMs, retry: { maxElapsedMs: 0 } },
      });
      collector.deadLetters$.subscribe(({ batch: { events } }) => {
        failed.push([events[0]?.type, clock.elapsed]);
        if (failed.length === 1) clock.suspend(inReport ?? 0);
      });
      collector.track('a');
      clock.pass(startMs);
      collector.track('b');
      return { clock, failed };
    }

    it('are extended by the time of `process` or a report of another batch', () => {
      const inProcess = timeouts({ timeoutMs: 10_000, startMs: 5_000, inProcess: 3_000 });
      inProcess.clock.pass(30_000);
      expect(inProcess.failed[0]).to.deep.equal(['a', 13_000]);
      const inReport = timeouts({ timeoutMs: 10_000, startMs: 5_000, inReport: 3_000 });
      inReport.clock.pass(30_000);
      expect(inReport.failed).to.deep.equal([
        ['b', 5_000],
        ['a', 13_000],
      ]);
    });

    it('have 50 ms at least after it, to read an answer', () => {
      const { clock, failed } = timeouts({ timeoutMs: 10_000, startMs: 9_960, inReport: 1_010 });
      clock.pass(30_000);
      expect(failed[1]).to.deep.equal(['a', 11_020]);
    });

    it('get their whole time again, also if they had some left', () => {
      const { clock, failed } = timeouts({ timeoutMs: 30_000, startMs: 20_000 });
      clock.pass(9_000);
      clock.suspend(5_000);
      clock.pass(60_000);
      expect(failed).to.deep.equal([
        ['a', 64_000],
        ['b', 64_000],
      ]);
    });
  });

  it('get their whole time again if that was shorter than the stop', () => {
    const clock = new VirtualClock();
    const collector = make(clock, () => NEVER, { timeoutMs: 30_000, retry: { maxElapsedMs: 0 } });
    clock.pass(20_000);
    clock.suspend(40_000);
    clock.pass(29_999);
    expect(collector.stats().sinks['sink']?.pending).to.equal(1);
    clock.pass(1);
    expect(collector.stats().sinks['sink']?.failed).to.equal(1);
  });

  it('are retried if their failure is read before any timer', () => {
    const clock = new VirtualClock();
    const answer = new Subject<never>();
    const collector = make(clock, () => answer, { retry: { maxElapsedMs: 60_000 } });
    clock.pass(5_000);
    clock.suspend(HOUR_MS);
    answer.error(new SinkError('unavailable', 'The network is not back yet'));
    expect(collector.stats().sinks['sink']).to.include({ failed: 0, pending: 1 });
  });
});

describe('a lane whose sink requests no wait', () => {
  it('makes ten attempts a second', () => {
    const clock = new VirtualClock();
    let attempts = 0;
    const sink: EventSink = {
      name: 'sink',
      process: () => {
        attempts += 1;
        throw new SinkError('unavailable', 'Busy', { retryAfterMs: 0 });
      },
    };
    const collector = new EventCollector({ scheduler: clock, sinks: [sink], lane: { breaker: false } });
    collector.collect({ type: 'a', priority: 'critical' });
    clock.pass(3_000);
    expect(attempts).to.equal(31);
  });
});

describe('the wall clock', () => {
  /**
   * Where it is read: for timestamps of events, batches and diagnostics, for the age of what earlier lives have stored, for event time that lies ahead, for ids, and by
   * steady clocks.
   */
  const READERS = [
    'collector/event-processor.ts',
    'collector/kernel.ts',
    'event/batch-of.ts',
    'event/create-event.ts',
    'event/environment-metadata.ts',
    'event/new-id.ts',
    'lane/stored-dead-letters.ts',
    'features/with-diagnostics.ts',
    'lane/durable-lane.ts',
    'operators/aggregate.ts',
    'operators/batch.ts',
    'operators/deliver.ts',
    'operators/step.ts',
    'consent/consent-gate.ts',
  ];
  const FOLDERS = ['collector', 'config', 'consent', 'errors', 'event', 'features', 'lane', 'ledger', 'operators', 'sampling'];

  it('is read for timestamps and ids only; durations are measured by `steadyClock`', () => {
    const lib = join(import.meta.dirname, '../../lib');
    const files = FOLDERS.flatMap((folder) => readdirSync(join(lib, folder)).map((file) => `${folder}/${file}`));
    const readers = files.filter((file) => /[sS]cheduler\.now\(\)|Date\.now|performance\.now/.test(readFileSync(join(lib, file), 'utf8')));
    expect(readers).to.have.members(READERS);
  });

  it('set back, does not keep the time zone offset of events from being looked up again', () => {
    const clock = new VirtualClock();
    const collector = new EventCollector({ scheduler: clock, sinks: [] });
    const offsets: unknown[] = [];
    collector.events$.subscribe(({ metadata }) => offsets.push(metadata.timezoneOffset));
    const zone = process.env['TZ'];
    try {
      process.env['TZ'] = 'UTC';
      collector.track('a');
      process.env['TZ'] = 'Asia/Tokyo';
      clock.step(-30 * DAY_MS);
      collector.track('a');
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
    expect(offsets).to.deep.equal([0, -540]);
  });
});
