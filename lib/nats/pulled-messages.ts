import type { SchedulerLike, Subscription } from 'rxjs';
import { tryGet } from '../internal/try-get.js';
import type { JetStreamConsumer, JetStreamMessage, JetStreamMessages } from './jet-stream-consumer.js';

/** How long a request for messages waits at the server. Two missed heartbeats, which take the same time, end it. */
const EXPIRES_MS = 10_000;

const MIN_DELAY_MS = 100;
const MAX_DELAY_MS = 30_000;

export interface PullHandlers {
  onMessage(message: JetStreamMessage): void;
  /** Called when a request has failed; the next one is made after a delay. */
  onInterrupted(error: unknown): void;
  /** Called when the connection is closed: no further request can succeed. */
  onClosed(error: unknown): void;
}

/**
 * Requests messages of a consumer, so that at most `maxInFlight` are requested or unsettled.
 *
 * The client's `consume()` requests further messages even if the received ones are not settled. It doesn't extend the deadlines of messages that it
 * buffers, so the server would deliver them again.
 */
export class PulledMessages {
  readonly #consumer: JetStreamConsumer;
  readonly #maxInFlight: number;
  readonly #scheduler: SchedulerLike;
  readonly #handlers: PullHandlers;
  /** The running requests. `messages` is `undefined` until `fetch` has resolved. */
  readonly #requests = new Set<{ messages: JetStreamMessages | undefined }>();
  /** Number of messages that are requested but not received, or received but not released. */
  #inFlight = 0;
  #failures = 0;
  #wait: Subscription | undefined;
  #isStopped = false;

  constructor(consumer: JetStreamConsumer, maxInFlight: number, scheduler: SchedulerLike, handlers: PullHandlers) {
    this.#consumer = consumer;
    this.#maxInFlight = maxInFlight;
    this.#scheduler = scheduler;
    this.#handlers = handlers;
  }

  start(): void {
    this.#refill();
  }

  /** Called when a message is settled: another one may be requested. */
  release(): void {
    this.#inFlight -= 1;
    this.#refill();
  }

  /** Stops requesting and receiving. The server delivers messages again that the client has buffered. */
  stop(): void {
    this.#isStopped = true;
    this.#wait?.unsubscribe();
    for (const { messages } of this.#requests) void tryGet(() => messages?.close().catch(() => undefined));
  }

  /** Requests messages if at least a quarter of `maxInFlight` is free: each request creates a subscription. */
  #refill(): void {
    const free = this.#maxInFlight - this.#inFlight;
    if (!this.#isStopped && this.#wait === undefined && free > 0 && free * 4 >= this.#maxInFlight) void this.#request(free);
  }

  async #request(count: number): Promise<void> {
    const request: { messages: JetStreamMessages | undefined } = { messages: undefined };
    this.#requests.add(request);
    this.#inFlight += count;
    let left = count;
    try {
      const messages = await this.#consumer.fetch({ max_messages: count, expires: EXPIRES_MS });
      request.messages = messages;
      if (this.#isStopped) void messages.close();
      for await (const message of messages) {
        if (this.#isStopped) break;
        left -= 1;
        this.#failures = 0;
        this.#handlers.onMessage(message);
        // After a reconnection, the client requests the full count again.
        if (left === 0) break;
      }
      this.#failures = 0;
    } catch (error) {
      this.#onFailed(error);
    }
    this.#requests.delete(request);
    this.#inFlight -= left;
    this.#refill();
  }

  #onFailed(error: unknown): void {
    if (this.#isStopped) return;
    if (isClosed(error)) {
      this.stop();
      this.#handlers.onClosed(error);
      return;
    }
    this.#failures += 1;
    const delayMs = Math.min(MAX_DELAY_MS, MIN_DELAY_MS * 2 ** Math.min(this.#failures, 20));
    this.#wait ??= this.#scheduler.schedule(() => {
      this.#wait = undefined;
      this.#refill();
    }, delayMs);
    this.#handlers.onInterrupted(error);
  }
}

function isClosed(error: unknown): boolean {
  const name = tryGet(() => (error as { readonly name?: unknown }).name);
  return name === 'ClosedConnectionError' || name === 'DrainingConnectionError';
}
