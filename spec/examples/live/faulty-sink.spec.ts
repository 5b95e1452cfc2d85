import { expect } from 'chai';
import { defer, EMPTY, from } from 'rxjs';
import { createBatch, createEvent, isSinkError, type EventSink } from 'rx-event-collector';
import { marbles } from 'rx-event-collector/testing';
import { faultySink, SLOW_MS, type Health } from '../../../examples/live/faulty-sink.js';

const BATCH = createBatch([createEvent({ type: 'a' })], 1);
const CONTEXT = { signal: new AbortController().signal, attempt: 1 };

describe('examples/live faultySink', () => {
  let called: string[];
  const inner: EventSink = {
    name: 'inner',
    process: () => void called.push('process'),
    flush: () => defer(() => (called.push('flush'), EMPTY)),
    close: () => defer(() => (called.push('close'), EMPTY)),
  };

  beforeEach(() => {
    called = [];
  });

  const attempt = (health: Health) => defer(() => faultySink(inner, () => health).process(BATCH, CONTEXT) ?? EMPTY);

  it('hands batches on while it is well', () => {
    const sink = faultySink(inner, () => 'ok');
    expect(sink.name).to.equal('inner');
    expect(sink.process(BATCH, CONTEXT)).to.equal(undefined);
    expect(called).to.deep.equal(['process']);
  });

  it('hands them on late when it is slow', () => {
    marbles(({ expectObservable }) => {
      expectObservable(attempt('slow')).toBe(`${String(SLOW_MS)}ms |`);
    });
    expect(called).to.deep.equal(['process']);
  });

  it('answers never when it hangs, and nothing is handed on', () => {
    marbles(({ expectObservable }) => {
      expectObservable(attempt('hanging'), '10s !').toBe('-');
    });
    expect(called).to.deep.equal([]);
  });

  it('fails as a service does that is not there', () => {
    const outcomes: unknown[] = [];
    attempt('failing').subscribe({ error: (error: unknown) => outcomes.push(isSinkError(error) && [error.kind, error.retryable]) });
    expect(outcomes).to.deep.equal([['unavailable', true]]);
    expect(called).to.deep.equal([]);
  });

  it('is asked at each batch', () => {
    let health: Health = 'hanging';
    const sink = faultySink(inner, () => health);
    sink.process(BATCH, CONTEXT);
    health = 'ok';
    sink.process(BATCH, CONTEXT);
    expect(called).to.deep.equal(['process']);
  });

  it('flushes and closes whatever ails it, also what has neither', () => {
    const sink = faultySink(inner, () => 'hanging');
    from(sink.flush?.() ?? []).subscribe();
    from(sink.close?.() ?? []).subscribe();
    expect(called).to.deep.equal(['flush', 'close']);
    let completed = false;
    from(faultySink({ name: 'bare', process: () => undefined }, () => 'ok').close?.() ?? []).subscribe({
      complete: () => (completed = true),
    });
    expect(completed).to.equal(true);
  });
});
