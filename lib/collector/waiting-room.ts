import { Deque } from '../internal/deque.js';
import type { CollectOutcome } from '../ledger/ledger.js';
import type { KeepAlive } from './keep-alive.js';

/** Events that wait at the door for room, first come, first served. They are in nobody's books yet. */
export class WaitingRoom<E> {
  readonly #waiting = new Deque<{ readonly event: E; readonly leave: (outcome: CollectOutcome) => void }>();
  readonly #keepAlive: KeepAlive;

  constructor(keepAlive: KeepAlive) {
    this.#keepAlive = keepAlive;
  }

  get size(): number {
    return this.#waiting.length;
  }

  join(event: E): Promise<CollectOutcome> {
    const letGo = this.#keepAlive.hold();
    return new Promise((resolve) => {
      this.#waiting.push({
        event,
        leave: (outcome) => {
          letGo();
          resolve(outcome);
        },
      });
    });
  }

  /** Lets the first one in; `accept` says what became of it. */
  admit(accept: (event: E) => CollectOutcome): void {
    const first = this.#waiting.shift();
    first?.leave(accept(first.event));
  }

  /** Sends everyone away with an outcome. */
  dismiss(outcome: () => CollectOutcome): void {
    for (const { leave } of this.#waiting.drain()) leave(outcome());
  }
}
