import { expect } from 'chai';
import { portLink, type PortLink } from '../../lib/ports/port-link.js';
import type { Request } from '../../lib/ports/port-messages.js';
import { TestPort } from '../support/test-port.js';

describe('portLink', () => {
  let port: TestPort<Request>;
  let link: PortLink;
  let log: string[];

  beforeEach(() => {
    port = new TestPort();
    link = portLink(port);
    log = [];
  });

  /** Asks, and returns the id of the request. */
  function ask(name: string, events: readonly unknown[] = []): string {
    link.ask({ kind: 'events', events, tally: [0, 0] }).subscribe({
      next: ({ kind }) => log.push(`${name}: ${kind}`),
      error: (error: unknown) => log.push(`${name}: ${(error as { readonly kind?: string; readonly name: string }).kind ?? 'unclonable'}`),
      complete: () => log.push(`${name}: done`),
    });
    return (port.sent.at(-1) as { readonly id: string } | undefined)?.id ?? '';
  }

  it('passes each reply to its question, and completes it', () => {
    const [a, b] = [ask('a'), ask('b')];
    expect(a).to.not.equal(b);
    port.receive({ kind: 'taken', id: b, refused: [] });
    port.receive({ kind: 'taken', id: b, refused: [] });
    port.receive({ kind: 'taken', id: 'of another side', refused: [] });
    expect(log).to.deep.equal(['b: taken', 'b: done']);
    port.receive({ kind: 'taken', id: a, refused: [] });
    expect(log.slice(2)).to.deep.equal(['a: taken', 'a: done']);
  });

  it('sends on subscription, and names its side in each message', () => {
    const question = link.ask({ kind: 'flush', timeoutMs: 5 });
    expect(port.sent).to.deep.equal([]);
    question.subscribe();
    question.subscribe();
    link.greet(new Float64Array(2));
    expect(new Set(port.sent.map(({ from }) => from)).size).to.equal(1);
    expect(port.sent.map(({ kind }) => kind)).to.deep.equal(['flush', 'flush', 'hello']);
  });

  it('fails only a question that cannot be cloned', () => {
    ask('a', [() => 1]);
    expect(log).to.deep.equal(['a: unclonable']);
    port.receive({ kind: 'taken', id: ask('b'), refused: [] });
    expect(log).to.include('b: done');
  });

  for (const [what, end] of Object.entries({
    'its port is closed': () => port.emit('close'),
    'its worker has ended': () => port.emit('exit'),
    'it is closed itself': () => link.close(),
    'the other side has stopped': () => port.receive({ kind: 'closed', inHand: [] }),
  })) {
    it(`refuses open and later questions once ${what}, and stops listening`, () => {
      ask('a');
      end();
      ask('b');
      expect(log).to.deep.equal(['a: rejected', 'b: rejected']);
      expect([port.sent.length, port.listening]).to.deep.equal([1, 0]);
    });
  }

  it('still waits for the questions that a stopping side answers', () => {
    const [a, b] = [ask('a'), ask('b')];
    port.receive({ kind: 'closed', inHand: [b] });
    expect([a === b, log]).to.deep.equal([false, ['a: rejected']]);
    expect(port.listening).to.be.greaterThan(0);
    port.receive({ kind: 'taken', id: b, refused: [] });
    expect([log.slice(1), port.listening]).to.deep.equal([['b: taken', 'b: done'], 0]);
  });
});
