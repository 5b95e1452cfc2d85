import type { OnReject } from '../../lib/ledger/drop-reason.js';

/** Records the events that an operator rejects. */
export class Rejections<E> {
  readonly events: E[] = [];
  readonly reasons: string[] = [];
  readonly errors: unknown[] = [];

  /** The option `onReject` of the operator. */
  readonly onReject: OnReject<E> = (event, reason, error) => {
    this.events.push(event);
    this.reasons.push(reason);
    this.errors.push(error);
  };
}
