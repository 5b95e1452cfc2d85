import { expect } from 'chai';
import { EMPTY, endWith, finalize, fromEvent, ignoreElements, mergeMap, NEVER, race, tap, throwError, timer, type Observable } from 'rxjs';
import { SinkError } from '../../lib/errors/sink-error.js';
import type { AnalyticsEvent, EventBatch } from '../../lib/event/event.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { describeSinkContract, type SinkContract } from '../../lib/testing/describe-sink-contract.js';
import { scriptedSink } from '../../lib/testing/scripted-sink.js';

type Process = EventSink['process'];
type Test = readonly [name: string, body: () => void | Promise<void>];

/** The tests that the suite declares. */
function testsOf<S extends EventSink>(contract: SinkContract<AnalyticsEvent, S>): readonly Test[] {
  const tests: Test[] = [];
  describeSinkContract<AnalyticsEvent, S>('it', { timeoutMs: 100, ...contract }, {
    describe: (_name, body) => {
      body();
    },
    it: (...test) => tests.push(test),
  }); // prettier-ignore
  return tests;
}

/** Runs the suite, and gives each test that fails with its message. */
async function failures<S extends EventSink>(contract: SinkContract<AnalyticsEvent, S>): Promise<Map<string, string>> {
  const failed = new Map<string, string>();
  const run = async ([name, body]: Test): Promise<void> => {
    try {
      await body();
    } catch (error) {
      failed.set(name, (error as Error).message);
    }
  };
  await Promise.all(testsOf(contract).map(run));
  return failed;
}

/** The names of the tests that sinks fail which do this with a batch; each has a state of its own. */
async function brokenBy(makeProcess: () => Process): Promise<readonly string[]> {
  return [...(await failures({ create: () => ({ name: 'it', process: makeProcess() }) })).keys()];
}

const BROKEN = throwError(() => new Error('broken'));
const ABORTED = throwError(() => new Error('aborted'));
const idsOf = (events: readonly AnalyticsEvent[]): readonly string[] => events.map(({ id }) => id);

const HOSTILE = ['contains a BigInt', 'contains itself', 'throws in toJSON', 'throws in a getter'].map(
  (flaw) => `rejects only the event if its data ${flaw}`,
);

/** What most sinks do: whatever has no JSON is rejected, alone. */
const encode: Process = ({ events }) => {
  const failed = events.filter((event) => !hasJson(event));
  if (failed.length > 0) throw new SinkError('rejected', 'no JSON', { failed });
};

function hasJson(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

/** An answer that comes a little later; `onEnd` is told whether it came, or was not waited for. */
function soon(onEnd: (answered: boolean) => void = () => undefined): Observable<never> {
  let answered = false;
  const answer$ = timer(1).pipe(tap(() => (answered = true)), ignoreElements()); // prettier-ignore
  return answer$.pipe(finalize(() => { onEnd(answered); })); // prettier-ignore
}

describeSinkContract('a sink that answers with a promise', {
  create: () => ({ name: 'it', process: async (batch, context) => encode(batch, context) }),
});
describeSinkContract('a sink that fails when its signal is aborted', {
  create: () => ({ name: 'it', process: (_batch, { signal }) => (signal.aborted ? ABORTED : race(soon(), fromEvent(signal, 'abort').pipe(mergeMap(() => ABORTED)))) }), // prettier-ignore
});
describeSinkContract('scriptedSink', {
  create: () => scriptedSink('it', 'ok:5'),
  received: ({ delivered }) => idsOf(delivered),
  failing: () => scriptedSink('it', 'partial:5'),
});

describe('describeSinkContract', () => {
  it('refuses unknown options and suggests the nearest name', () => {
    const misspelt = { create: () => new MemorySink(), recieved: () => [] };
    expect(() => {
      describeSinkContract('odd', misspelt);
    }).to.throw(TypeError, 'Unknown option `recieved`. Did you mean `received`?');
  });

  it('finds nothing wrong with a good sink', async () => {
    expect(await brokenBy(() => encode)).to.deep.equal([]);
  });

  it('finds a sink without a name', async () => {
    const found = await failures({ create: () => ({ name: '', process: () => undefined }) });
    expect([...found]).to.deep.equal([['has a name', 'Expected `name` to be a non-empty string, got ""']]);
  });

  it('finds a sink that never answers', async () => {
    const found = await failures({ create: () => ({ name: 'it', process: () => NEVER }) });
    expect(found.get('accepts a batch of one event')).to.equal(
      'Expected the sink to accept a batch of 1, it failed: Error: Expected an answer within 100 ms',
    );
  });

  it('finds a sink that accepts single events only', async () => {
    const process: Process = ({ events }) => (events.length > 1 ? BROKEN : undefined);
    expect(await brokenBy(() => process)).to.include('accepts a batch of many events');
  });

  it('finds a sink that accepts only one batch', async () => {
    const found = await brokenBy(() => {
      let calls = 0;
      return () => ((calls += 1) > 1 ? BROKEN : undefined);
    });
    expect(found).to.include('accepts consecutive batches');
  });

  it('finds a sink that accepts one batch at a time', async () => {
    const found = await brokenBy(() => {
      let isBusy = false;
      return () => {
        if (isBusy) return BROKEN;
        isBusy = true;
        return soon(() => (isBusy = false));
      };
    });
    expect(found).to.deep.equal(['accepts a batch while another one is being processed']);
  });

  it('finds a sink that refuses repeated events', async () => {
    const found = await brokenBy(() => {
      const known = new Set<string>();
      return ({ id }) => {
        const isKnown = known.has(id);
        known.add(id);
        return isKnown ? BROKEN : undefined;
      };
    });
    expect(found).to.deep.equal(['accepts the same batch twice']);
  });

  for (const [what, write] of Object.entries({
    'the list': (events: unknown[]) => events.splice(0),
    'an event': ([event]: unknown[]) => Object.assign(event as object, { sent: true }),
    'an event’s data': ([event]: unknown[]) => Object.assign((event as AnalyticsEvent).data as object, { sent: true }),
  })) {
    it(`finds a sink that writes to ${what}`, async () => {
      expect(
        await brokenBy(
          () =>
            ({ events }) =>
              void write(events as unknown[]),
        ),
      ).to.include('does not change the batch');
    });
  }

  describe('with hostile events', () => {
    it('finds a sink for which one event fails all', async () => {
      expect(
        await brokenBy(
          () =>
            ({ events }) =>
              void JSON.stringify(events),
        ),
      ).to.deep.equal(HOSTILE);
    });

    it('finds a sink that rejects the batch instead of the event', async () => {
      const process: Process = ({ events }) => {
        if (!hasJson(events)) throw new SinkError('rejected', 'no JSON');
      };
      const found = await failures({ create: () => ({ name: 'it', process }) });
      expect([...found.keys()]).to.deep.equal(HOSTILE);
      expect([...found.values()][0]).to.equal(
        'Expected the sink to accept the batch, or to fail with a SinkError of kind `rejected` that names only the hostile event as ' +
          '`failed`, got SinkError: no JSON (`rejected`, failed: all)',
      );
    });

    it('finds a sink that marks them as retryable', async () => {
      const process: Process = ({ events }) => {
        const failed = events.filter((event) => !hasJson(event));
        if (failed.length > 0) throw new SinkError('write_failed', 'no JSON', { failed });
      };
      expect(await brokenBy(() => process)).to.deep.equal(HOSTILE);
    });

    it('finds a sink that fails a single one with another kind', async () => {
      const process: Process = (batch, context) => {
        if (batch.events.length === 1) JSON.stringify(batch.events);
        return encode(batch, context);
      };
      expect(await brokenBy(() => process)).to.deep.equal(HOSTILE);
    });

    it('finds a sink that names another event', async () => {
      const process: Process = ({ events }) => {
        const [first] = events;
        if (!hasJson(events)) throw new SinkError('rejected', 'no JSON', { failed: [first] });
      };
      expect(await brokenBy(() => process)).to.deep.equal(HOSTILE);
    });

    it('allows a sink to name an event by a copy', async () => {
      const process: Process = ({ events }) => {
        const failed = events.filter((event) => !hasJson(event)).map(({ id }) => ({ id }));
        if (failed.length > 0) throw new SinkError('rejected', 'no JSON', { failed });
      };
      expect(await brokenBy(() => process)).to.deep.equal([]);
    });
  });

  it('finds a sink that hangs when its signal is aborted', async () => {
    const process: Process = (_batch, { signal }) => soon().pipe(endWith(0), mergeMap(() => (signal.aborted ? NEVER : EMPTY))); // prettier-ignore
    expect(await brokenBy(() => process)).to.deep.equal(['answers and continues after its signal is aborted']);
  });

  it('finds a sink that does not work after an abandoned attempt', async () => {
    const found = await brokenBy(() => {
      let isBroken = false;
      return () => (isBroken ? BROKEN : soon((answered) => (isBroken = !answered)));
    });
    expect(found).to.deep.equal(['continues after an abandoned attempt']);
  });

  it('finds an unhandled rejection while the test is running', async () => {
    const ignore: (promise: Promise<void>) => void = () => undefined;
    const rejectLater = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new Error('aborted');
    };
    const process: Process = (_batch, { signal }) => {
      signal.addEventListener('abort', () => {
        ignore(rejectLater());
      });
      return soon();
    };
    const [, body] = testsOf({ create: () => ({ name: 'it', process }) }).find(
      ([name]) => name === 'continues after an abandoned attempt',
    )!;
    expect(await rejectionsDuring(body)).to.deep.equal(['aborted']);
  });

  describe('with flush and close', () => {
    const tests = {
      'flushes and closes without a batch': 0,
      'flushes and closes after a batch': 1,
    };
    for (const [name, batches] of Object.entries(tests)) {
      for (const task of ['flush', 'close'] as const) {
        it(`finds a sink that does not ${task} after ${String(batches)} batches`, async () => {
          const found = await failures({
            create: () => {
              let taken = 0;
              return { name: 'it', process: () => void (taken += 1), [task]: () => (taken === batches ? NEVER : EMPTY) };
            },
          });
          expect(found.get(name)).to.equal(`Expected the sink to ${task}, it failed: Error: Expected an answer within 100 ms`);
        });
      }
    }

    it('finds a sink that does not close after an abandoned attempt', async () => {
      const found = await failures({
        create: () => {
          let isBroken = false;
          const process = (): Observable<never> => soon((answered) => (isBroken ||= !answered));
          return { name: 'it', process, close: () => (isBroken ? BROKEN : EMPTY) };
        },
      });
      expect([...found]).to.deep.equal([['closes after an abandoned attempt', 'Expected the sink to close, it failed: Error: broken']]);
    });

    it('closes each sink once, and then clears up', async () => {
      const log: string[] = [];
      const sink = (): EventSink => ({ name: 'it', process: () => undefined, close: () => ((log.push('close'), EMPTY)) }); // prettier-ignore
      const contract = { create: sink, teardown: () => log.push('teardown') };
      expect([...(await failures(contract))]).to.deep.equal([]);
      for (const [, body] of testsOf(contract)) {
        log.length = 0;
        await body();
        expect(log).to.deep.equal(['close', 'teardown']);
      }
    });
  });

  describe('with an eye on arrival', () => {
    /** A sink that sends on what `carry` makes of the ids, but for the flush. */
    const courier = (carry: (ids: readonly string[]) => readonly string[]) => ({
      create: () => {
        const inHand: string[] = [];
        const received: string[] = [];
        const flush = (): Observable<never> => {
          received.push(...inHand.splice(0));
          return EMPTY;
        };
        return { name: 'it', process: ({ events }: EventBatch) => void inHand.push(...carry(idsOf(events))), flush, received };
      },
      received: (sink: { readonly received: readonly string[] }) => sink.received,
    });

    it('accepts a sink that sends when it is flushed', async () => {
      expect([...(await failures(courier((ids) => ids)))]).to.deep.equal([]);
    });

    it('finds a sink that loses an event', async () => {
      const found = await failures(courier((ids) => ids.slice(0, 3)));
      expect(found.get('accepts a batch of many events')).to.match(/^Expected each event to arrive once, got event [\da-f-]{36} 0 times$/);
    });

    it('finds a sink that sends an event twice', async () => {
      const found = await failures(courier((ids) => [...ids, ...ids]));
      expect(found.get('accepts a batch of one event')).to.match(/^Expected each event to arrive once, got event [\da-f-]{36} 2 times$/);
    });

    it('finds a sink that loses the others if it names a hostile one', async () => {
      const lossy = courier((ids) => ids);
      const create = (): ReturnType<typeof lossy.create> => {
        const sink = lossy.create();
        return {
          ...sink,
          process: (batch) => (encode(batch, { attempt: 1, signal: new AbortController().signal }), sink.process(batch)),
        };
      };
      expect([...(await failures({ ...lossy, create })).keys()]).to.deep.equal(HOSTILE);
    });

    it('accepts an event that arrives again when it is sent again', async () => {
      const found = await failures(courier((ids) => [...ids, ...ids]));
      expect([...found.keys()]).to.include('accepts the same batch twice');
      expect([...(await failures(courier((ids) => ids))).keys()]).not.to.include('accepts the same batch twice');
    });
  });

  describe('with a failing sink', () => {
    const found = async (process: Process): Promise<string | undefined> => {
      const failed = await failures({ create: () => ({ name: 'it', process: encode }), failing: () => ({ name: 'it', process }) });
      return failed.get('fails with a SinkError if its destination is unreachable');
    };

    const down =
      (error: unknown): Process =>
      () =>
        throwError(() => error);

    it('finds nothing wrong with a SinkError', async () => {
      expect(await found(down(new SinkError('unavailable', 'down')))).to.equal(undefined);
    });

    it('finds another error', async () => {
      expect(await found(down(new Error('down')))).to.equal('Expected the sink to fail with a SinkError, got Error: down');
    });

    it('finds an error that is not a SinkError', async () => {
      expect(await found(down(undefined))).to.equal('Expected the sink to fail with a SinkError, got Error: `undefined` for an error');
    });

    it('finds no error', async () => {
      expect(await found(() => undefined)).to.equal('Expected the sink to fail with a SinkError, got no error');
    });

    it('finds strangers among the failed events', async () => {
      const error = new SinkError('write_failed', 'down', { failed: ['stranger'] });
      expect(await found(down(error))).to.equal('Expected `failed` to name events of the batch only, got ["stranger"]');
    });
  });

  it('uses the given events, with fresh ids', async () => {
    const seen: AnalyticsEvent[] = [];
    const events = [1, 2].map((n) => ({ ...model, type: `type_${String(n)}` }));
    await failures({ create: () => ({ name: 'it', process: (batch) => void seen.push(...batch.events) }), events });
    expect(new Set(seen.map(({ type }) => type))).to.deep.equal(new Set(['type_1', 'type_2']));
    expect(seen.some(({ id }) => id === model.id)).to.equal(false);
  });

  it('refuses fewer than two events', () => {
    expect(() => testsOf({ create: () => new MemorySink(), events: [model] })).to.throw(TypeError, 'at least two events');
  });

  it('refuses an invalid timeout', () => {
    expect(() => testsOf({ create: () => new MemorySink(), timeoutMs: 0 })).to.throw(TypeError, 'Expected `timeoutMs`');
  });
});

const model: AnalyticsEvent = {
  id: 'model',
  type: 'feature_used',
  category: 'usage',
  priority: 'normal',
  timestamp: 0,
  data: {},
  metadata: {},
  weight: 1,
};

/** The messages of unhandled rejections, which the test runner doesn't see meanwhile. */
async function rejectionsDuring(body: () => void | Promise<void>): Promise<readonly string[]> {
  const listeners = process.listeners('unhandledRejection');
  const messages: string[] = [];
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason) => messages.push((reason as Error).message));
  try {
    await body();
    return [...messages];
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
  }
}
