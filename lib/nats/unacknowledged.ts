import type { SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';
import { Failures } from '../http/failures.js';
import { faultError, type PublishFault } from './publish-fault.js';

/** The messages of one attempt that wait for their acknowledgements. */
export class Unacknowledged<E> {
  readonly batch: EventBatch<E>;
  /** The reply subject of a message is this prefix, followed by its event's position in the batch. */
  readonly replyPrefix: string;
  /** The messages' subjects by position in the batch; incomplete while messages are being published. */
  readonly subjects: string[] = [];
  readonly #onEnd: (error: SinkError | undefined) => void;
  /** Which messages are settled, by position in the batch. */
  readonly #isSettled: Uint8Array;
  #open: number;
  #isOver = false;
  /** The faults with their events, by kind and code. */
  readonly #faults = new Map<string, { readonly fault: PublishFault; readonly events: E[] }>();

  /** @param onEnd called once, when every message is settled */
  constructor(batch: EventBatch<E>, replyPrefix: string, onEnd: (error: SinkError | undefined) => void) {
    this.batch = batch;
    this.replyPrefix = replyPrefix;
    this.#onEnd = onEnd;
    this.#open = batch.events.length;
    this.#isSettled = new Uint8Array(this.#open);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Settles a message. A second answer, and an answer for an invalid position, are ignored. */
  settle(index: number, fault?: PublishFault): void {
    if (this.#isSettled[index] !== 0) return;
    this.#isSettled[index] = 1;
    this.#open -= 1;
    if (fault !== undefined) this.#add(fault, this.batch.events[index] as E);
    if (this.#open === 0) this.end(this.#error());
  }

  /** Ends the attempt, even if messages are not settled. */
  end(error: SinkError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnd(error);
  }

  /** Settles every message that is still open. */
  settleRest(fault: PublishFault): void {
    for (let index = 0; index < this.#isSettled.length; index += 1) this.settle(index, fault);
  }

  /** Settles the open messages of a subject. */
  settleSubject(subject: unknown, fault: PublishFault): void {
    for (const [index, each] of this.subjects.entries()) if (each === subject) this.settle(index, fault);
  }

  #add(fault: PublishFault, event: E): void {
    const key = `${fault.kind} ${fault.code}`;
    const known = this.#faults.get(key);
    if (known === undefined) this.#faults.set(key, { fault, events: [event] });
    else known.events.push(event);
  }

  #error(): SinkError | undefined {
    if (this.#faults.size === 0) return undefined;
    const failures = new Failures(this.batch);
    for (const { fault, events } of this.#faults.values()) {
      failures.add(faultError(fault, events), events);
    }
    return failures.error;
  }
}
