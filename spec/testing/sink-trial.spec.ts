import { expect } from 'chai';
import { NEVER, Observable } from 'rxjs';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { AttemptContext, EventSink } from '../../lib/sink/sink.js';
import { SinkTrial, type SinkTrialOptions } from '../../lib/testing/sink-trial.js';
import { anEvent } from '../support/an-event.js';
import { sinkOf } from '../support/sink-of.js';

const EVENTS = ['a', 'b', 'c'].map((id) => anEvent({ id, data: id }));

const trialOf = (
  process: EventSink['process'],
  rest: Partial<EventSink> = {},
  options: Partial<SinkTrialOptions<AnalyticsEvent, EventSink>> = {},
): SinkTrial<AnalyticsEvent> => new SinkTrial(sinkOf(process, rest), { events: EVENTS, timeoutMs: 5, received: undefined, ...options });

const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'resolved',
    (error: unknown) => (error as Error).message,
  );

describe('SinkTrial', () => {
  it('makes batches of copies with new ids, numbered from 1', () => {
    const trial = trialOf(() => undefined);
    const [all, two, same] = [trial.batch(), trial.batch(2), trial.batch(EVENTS)];
    expect([all, two, same].map(({ sequence, events }) => [sequence, events.length])).to.deep.equal([
      [1, 3],
      [2, 2],
      [3, 3],
    ]);
    expect(new Set([...all.events, ...same.events, ...EVENTS].map(({ id }) => id)).size).to.equal(9);
    expect(same.events.map(({ data }) => data)).to.deep.equal(['a', 'b', 'c']);
  });

  it('rejects with the error of the sink itself, whether it is thrown or the answer', async () => {
    const error = new Error('no');
    const throwing = trialOf(() => {
      throw error;
    });
    for (const trial of [throwing, trialOf(() => Promise.reject(error))]) {
      expect(await trial.attempt(trial.batch()).catch((thrown: unknown) => thrown)).to.equal(error);
      await trial.answer(trial.batch());
      expect(await messageOf(trial.deliver(trial.batch(1)))).to.match(/^Expected the sink to accept a batch of 1, it failed: .*no/);
    }
  });

  it('expects an answer in time, and aborts the attempt otherwise', async () => {
    const contexts: AttemptContext[] = [];
    const trial = trialOf((_batch, context) => {
      contexts.push(context);
      return NEVER;
    });
    expect(await messageOf(trial.attempt(trial.batch()))).to.equal('Expected an answer within 5 ms');
    expect([contexts[0]?.attempt, contexts[0]?.signal.aborted]).to.deep.equal([1, true]);
  });

  it('does not abort an attempt that was answered', async () => {
    let signal: AbortSignal | undefined;
    const trial = trialOf((_batch, context) => {
      ({ signal } = context);
      return Promise.resolve();
    });
    await trial.attempt(trial.batch());
    expect(signal?.aborted).to.equal(false);
  });

  it('passes the number and the signal of an attempt', async () => {
    const { signal } = new AbortController();
    const trial = trialOf((_batch, context) => {
      expect(context).to.deep.equal({ attempt: 3, signal });
    });
    await trial.attempt(trial.batch(), { attempt: 3, signal });
  });

  it('abandons an attempt by unsubscribing and aborting', async () => {
    const log: string[] = [];
    const trial = trialOf((_batch, { signal }) => {
      signal.addEventListener('abort', () => log.push('aborted'));
      return new Observable(() => () => log.push('unsubscribed'));
    });
    await trial.abandon(trial.batch());
    expect(log).to.have.members(['aborted', 'unsubscribed']);
  });

  it('flushes before it asks which events have arrived, and counts each', async () => {
    const ids: string[] = [];
    const flush = (): Promise<number> => Promise.resolve(ids.push('a', 'b', 'b'));
    const trial = trialOf(() => undefined, { flush }, { received: () => ids.splice(0) });
    await trial.arrived(EVENTS.slice(0, 2), 2);
    expect(await messageOf(trial.arrived(EVENTS.slice(0, 2)))).to.equal('Expected each event to arrive once, got event b 2 times');
    expect(await messageOf(trial.arrived(EVENTS, 2))).to.equal('Expected each event to arrive 1 to 2 times, got event c 0 times');
    await trialOf(() => undefined).arrived(EVENTS);
  });

  it('closes a sink once at its end, even if that fails', async () => {
    let closed = 0;
    const close = (): Promise<void> => {
      closed += 1;
      return Promise.reject(new Error('no'));
    };
    const trial = trialOf(() => undefined, { close });
    await trial.end();
    await trial.end();
    expect(closed).to.equal(1);
    expect(await messageOf(trialOf(() => undefined, { close }).close())).to.match(/^Expected the sink to close, it failed/);
  });
});
