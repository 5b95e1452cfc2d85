import type { OnReject } from '../../lib/ledger/drop-reason.js';

/** Notes what an operator does not pass on. */
export class Rejections<E> {
  readonly events: E[] = [];
  readonly reasons: string[] = [];
  readonly errors: unknown[] = [];

  /** To be given to the operator. */
  readonly onReject: OnReject<E> = (event, reason, error) => {
    this.events.push(event);
    this.reasons.push(reason);
    this.errors.push(error);
  };
}
