import { expect } from 'chai';
import { isReply, isRequest, toMessage } from '../../lib/ports/port-messages.js';

const message = (content: object): unknown => toMessage(content as never);

describe('isRequest', () => {
  const from = 'side';
  const requests: readonly object[] = [
    { kind: 'hello', from, tally: new Float64Array(2) },
    { kind: 'events', from, id: '1', events: [], tally: [0, 0] },
    { kind: 'flush', from, id: '1', timeoutMs: 0 },
    { kind: 'flush', from, id: '1', timeoutMs: Infinity },
  ];
  it('accepts each kind of request', () => {
    for (const request of requests) expect(isRequest(message(request)), JSON.stringify(request)).to.equal(true);
  });

  it('refuses a request with a missing or invalid field', () => {
    for (const request of requests)
      for (const field of Object.keys(request))
        for (const value of [undefined, {}, -1]) expect(isRequest(message({ ...request, [field]: value })), field).to.equal(false);
  });
});

describe('isReply', () => {
  const replies: readonly object[] = [
    { kind: 'taken', id: '1', refused: [] },
    { kind: 'flushed', id: '1', report: { timedOut: false } },
    { kind: 'closed', inHand: ['1'] },
  ];
  it('accepts each kind of reply', () => {
    for (const reply of replies) expect(isReply(message(reply)), JSON.stringify(reply)).to.equal(true);
  });

  it('refuses a reply with a missing or invalid field', () => {
    for (const reply of replies)
      for (const field of Object.keys(reply))
        for (const value of [undefined, null, -1]) expect(isReply(message({ ...reply, [field]: value })), field).to.equal(false);
  });
});

describe('messages of others', () => {
  it('are neither requests nor replies', () => {
    const unmarked = { kind: 'closed', inHand: [], from: 'side' };
    for (const value of [unmarked, { ...unmarked, mark: 'rx-event-collector/port@0' }, undefined, null, 'closed', 5, [], () => 1])
      expect([isRequest(value), isReply(value)]).to.deep.equal([false, false]);
  });
});
