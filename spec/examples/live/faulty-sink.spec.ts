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

  it('passes batches on while it is `ok`', () => {
    const sink = faultySink(inner, () => 'ok');
    expect(sink.name).to.equal('inner');
    expect(sink.process(BATCH, CONTEXT)).to.equal(undefined);
    expect(called).to.deep.equal(['process']);
  });

  it('passes them on late while it is slow', () => {
    marbles(({ expectObservable }) => {
      expectObservable(attempt('slow')).toBe(`${String(SLOW_MS)}ms |`);
    });
    expect(called).to.deep.equal(['process']);
  });

  it('never answers and passes nothing on while it hangs', () => {
    marbles(({ expectObservable }) => {
      expectObservable(attempt('hanging'), '10s !').toBe('-');
    });
    expect(called).to.deep.equal([]);
  });

  it('fails like a service that is unavailable', () => {
    const outcomes: unknown[] = [];
    attempt('failing').subscribe({ error: (error: unknown) => outcomes.push(isSinkError(error) && [error.kind, error.retryable]) });
    expect(outcomes).to.deep.equal([['unavailable', true]]);
    expect(called).to.deep.equal([]);
  });

  it('reads its fault for each batch', () => {
    let health: Health = 'hanging';
    const sink = faultySink(inner, () => health);
    sink.process(BATCH, CONTEXT);
    health = 'ok';
    sink.process(BATCH, CONTEXT);
    expect(called).to.deep.equal(['process']);
  });

  it('flushes and closes regardless of its fault, and of a sink without these methods', () => {
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
