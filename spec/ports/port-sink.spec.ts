import { expect } from 'chai';
import { of, throwError, type Observable } from 'rxjs';
import type { FlushReport } from '../../lib/collector/flush-report.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import { createBatch } from '../../lib/event/batch-of.js';
import type { AnalyticsEvent, EventInput } from '../../lib/event/event.js';
import type { PortLink } from '../../lib/ports/port-link.js';
import type { Reply } from '../../lib/ports/port-messages.js';
import { portSink, type PortSink } from '../../lib/ports/port-sink.js';
import { anEvent } from '../support/an-event.js';
import { attempt } from '../support/attempt.js';
import { forbidding, throwing } from '../support/hostile.js';

type Question = Parameters<PortLink['ask']>[0];

const REPORT: FlushReport = { timedOut: false, held: 0, inStages: 0, sinks: {} };

describe('portSink', () => {
  let asked: Question[];
  let answer: (question: Question) => Observable<Reply>;
  let tally: Float64Array;
  let closed: number;
  let sink: PortSink<AnalyticsEvent>;

  beforeEach(() => {
    asked = [];
    answer = ({ kind }) => of(kind === 'events' ? { kind: 'taken', id: '', refused: [] } : { kind: 'flushed', id: '', report: REPORT });
    tally = Float64Array.of(0, 0);
    closed = 0;
    const link: PortLink = {
      greet: () => expect.fail('not called'),
      ask: (question) => {
        asked.push(question);
        return answer(question);
      },
      close: () => (closed += 1),
    };
    sink = portSink(link, ({ id, type, data, metadata }): EventInput => ({ id, type, data, metadata }), tally);
  });

  const send = (...events: AnalyticsEvent[]): Promise<SinkError | undefined> => attempt(sink, createBatch(events, 1));

  /** The data of the events of the last question. */
  const sentData = (): unknown[] => {
    const last = asked.at(-1);
    return last?.kind === 'events' ? last.events.map((event) => (event as EventInput).data) : [];
  };

  it('sends the selected fields of each event, with the counts of this moment', async () => {
    tally[0] = 5;
    expect(await send(anEvent({ id: 'a', data: 1 }))).to.equal(undefined);
    tally[0] = 6;
    const event = { id: 'a', type: 'feature_used', data: 1, metadata: {} };
    expect(asked).to.deep.equal([{ kind: 'events', events: [event], tally: [5, 0] }]);
  });

  it('names the refused events, whose places count without the unreadable ones', async () => {
    const [a, bad, b, c] = [
      anEvent({ id: 'a' }),
      throwing(new Error('no'), 'data') as AnalyticsEvent,
      anEvent({ id: 'b' }),
      anEvent({ id: 'c' }),
    ];
    answer = () => of({ kind: 'taken', id: '', refused: [0, 2] });
    const error = await send(a, bad, b, c);
    expect(error).to.include({ kind: 'rejected' });
    expect(error?.failed).to.have.length(3);
    expect(error?.failed?.map((each) => [a, bad, b, c].indexOf(each as AnalyticsEvent)).sort()).to.deep.equal([0, 1, 3]);
  });

  it('sends what is not plain data in its JSON form', async () => {
    await send(anEvent({ data: { url: new URL('https://example.org/') } }), anEvent({ data: [new Map([['a', 1]]), 1n] }));
    expect(sentData()).to.deep.equal([{ url: 'https://example.org/' }, [{ a: 1 }, '1']]);
  });

  it('sends the others again if one cannot be cloned', async () => {
    answer = (question) => {
      try {
        structuredClone(question);
      } catch (error) {
        return throwError(() => error);
      }
      return of({ kind: 'taken', id: '', refused: [] });
    };
    const bad = anEvent({ data: forbidding() });
    const hidden = anEvent({ id: 'b', data: new Proxy({ a: 1 }, {}) });
    const error = await send(anEvent({ id: 'a', data: 1 }), bad, hidden);
    expect(sentData()).to.deep.equal([1, { a: 1 }]);
    expect(error?.failed).to.have.length(1);
    expect(error?.failed?.[0]).to.equal(bad);
  });

  it('passes on that there is no receiver, without another try', async () => {
    const unheard = new SinkError('rejected', 'unheard');
    answer = () => throwError(() => unheard);
    expect(await send(anEvent())).to.equal(unheard);
    expect(asked).to.have.length(1);
  });

  it('remembers the report of its flush, but not of one with another time limit', () => {
    sink.flushOtherEnd(5).subscribe();
    expect(sink.lastReport()).to.equal(undefined);
    (sink.flush() as Observable<unknown>).subscribe();
    expect(sink.lastReport()).to.equal(REPORT);
    expect(asked.map((question) => question.kind === 'flush' && question.timeoutMs)).to.deep.equal([5, 30_000]);
  });

  it('closes its link', () => {
    (sink.close() as Observable<unknown>).subscribe();
    expect(closed).to.equal(1);
  });
});
