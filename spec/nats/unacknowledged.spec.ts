import { expect } from 'chai';
import type { SinkError } from '../../lib/errors/sink-error.js';
import { createBatch } from '../../lib/event/batch-of.js';
import { NO_STREAM, TOO_LARGE } from '../../lib/nats/publish-fault.js';
import { Unacknowledged } from '../../lib/nats/unacknowledged.js';
import { anEvent } from '../support/an-event.js';

const events = ['a', 'b', 'c'].map((id) => anEvent({ id }));

describe('Unacknowledged', () => {
  let ends: (SinkError | undefined)[];
  let attempt: Unacknowledged<(typeof events)[number]>;

  beforeEach(() => {
    ends = [];
    attempt = new Unacknowledged(createBatch(events, 1), 'inbox.1.', (error) => ends.push(error));
  });

  const settleAll = (): void => {
    for (const index of events.keys()) attempt.settle(index);
  };
  const lettersOf = (found: readonly unknown[] | undefined): string => (found ?? []).map((event) => (event as { id: string }).id).join('');

  it('ends without an error when every message is acknowledged', () => {
    attempt.settle(2);
    attempt.settle(0);
    expect([ends, attempt.isOver]).to.deep.equal([[], false]);
    attempt.settle(1);
    expect([ends, attempt.isOver]).to.deep.equal([[undefined], true]);
  });

  it('counts only the first answer for a message, and ignores invalid positions', () => {
    attempt.settle(0, NO_STREAM);
    for (const index of [0, 0, 3, -1, 0.5, NaN]) attempt.settle(index);
    expect(ends).to.deep.equal([]);
    attempt.settle(1);
    attempt.settle(2);
    expect(lettersOf(ends[0]?.failed)).to.equal('a');
  });

  it('ends with the events that failed, and those of them that were refused', () => {
    attempt.settle(0, NO_STREAM);
    attempt.settle(1);
    attempt.settle(2, TOO_LARGE);
    const [error] = ends;
    expect(error).to.include({ kind: 'unavailable', code: NO_STREAM.code, retryable: true });
    expect([lettersOf(error?.failed), lettersOf(error?.rejected)]).to.deep.equal(['ac', 'c']);
  });

  it('ends with one error for messages that failed for one reason', () => {
    attempt.settleRest({ ...NO_STREAM });
    expect(ends).to.have.length(1);
    expect(ends[0]).to.include({ kind: 'unavailable', message: NO_STREAM.message });
    expect(lettersOf(ends[0]?.failed)).to.equal('abc');
  });

  it('settles the rest with a fault, except acknowledged messages', () => {
    attempt.settle(1);
    attempt.settleRest(NO_STREAM);
    expect(lettersOf(ends[0]?.failed)).to.equal('ac');
  });

  it('settles the open messages of a subject', () => {
    attempt.subjects.push('x', 'y', 'x');
    attempt.settle(0);
    attempt.settleSubject('x', NO_STREAM);
    expect(ends).to.deep.equal([]);
    attempt.settleSubject(undefined, NO_STREAM);
    attempt.settle(1);
    expect(lettersOf(ends[0]?.failed)).to.equal('c');
  });

  it('ends once, even if messages are settled later', () => {
    attempt.end(undefined);
    settleAll();
    attempt.end(undefined);
    expect(ends).to.have.length(1);
  });
});
