import type { Subscriber, Unsubscribable } from 'rxjs';
import type { EventInput } from '../event/event.js';
import type { FollowEvent } from '../collector/recorder.js';
import { followerOf } from '../features/follow-event.js';
import type { Settlement } from '../features/settlement.js';
import { MAX_DELAY_MS } from '../internal/check-option.js';
import { safeRandom } from '../internal/default-random.js';
import { tryGet } from '../internal/try-get.js';
import { publishDeadLetter, type DeadLetterReason } from './dead-letters.js';
import type { IntakeSettings } from './intake-options.js';
import { ackWaitMs, checkConsumer, consumerWarnings } from './consumer-config.js';
import type { JetStreamConsumerConfig, JetStreamMessage } from './jet-stream-consumer.js';
import type { JetStreamResult } from './message-result.js';
import { positionOf, type MessagePosition } from './message-position.js';
import { OpenMessage } from './open-message.js';
import { PulledMessages } from './pulled-messages.js';
import { RecentMessages } from './recent-messages.js';
import { verdictOf } from './verdict.js';

/** Acknowledgements to remember. A server that is killed forgets those of about its last second, and delivers the messages again. */
const MIN_REMEMBERED = 10_000;

/** Why a message's event was not delivered. */
interface Failure {
  readonly settlement?: Settlement;
  readonly error?: unknown;
}

/** One subscription of `fromJetStream`. */
export class MessageIntake {
  readonly #settings: IntakeSettings;
  readonly #subscriber: Subscriber<JetStreamResult>;
  readonly #pulled: PulledMessages;
  readonly #random: () => number;
  readonly #follow: FollowEvent | undefined;
  /** The open messages by their sequence in the stream. A recreated stream counts from 1 again, so a message is also identified by its time. */
  readonly #open = new Map<number, OpenMessage>();
  /** Messages whose events are settled, but which are not answered yet. */
  #settled: OpenMessage[] = [];
  /** The highest received sequence: messages with a higher one are new. */
  #highest = 0;
  /** Recently acknowledged messages. If an acknowledgement is lost with the connection, the message is delivered again. */
  readonly #acknowledged: RecentMessages;
  #timer: Unsubscribable | undefined;
  #collectorEnd: Unsubscribable | undefined;
  /** Whether the collector was shut down. */
  #isEnding = false;

  constructor(settings: IntakeSettings, subscriber: Subscriber<JetStreamResult>) {
    const { consumer, maxInFlight, scheduler, random } = settings;
    this.#settings = settings;
    this.#subscriber = subscriber;
    this.#random = safeRandom(random);
    this.#follow = followerOf(settings.collector);
    this.#acknowledged = new RecentMessages(Math.max(MIN_REMEMBERED, maxInFlight * 4));
    this.#pulled = new PulledMessages(consumer, maxInFlight, scheduler, {
      onMessage: (message) => {
        this.#receive(message);
      },
      onInterrupted: (error) => {
        subscriber.next({ kind: 'interrupted', error });
      },
      onClosed: (cause) => {
        const message = 'The NATS connection is closed, and stays closed: connect with `maxReconnectAttempts: -1`';
        subscriber.error(new Error(message, { cause }));
      },
    });
  }

  async start(): Promise<void> {
    const { consumer, collector } = this.#settings;
    let config: JetStreamConsumerConfig;
    try {
      ({ config } = await consumer.info(true));
      checkConsumer(config);
    } catch (error) {
      this.#subscriber.error(error);
      return;
    }
    for (const text of consumerWarnings(config, this.#settings.deadLetters)) this.#subscriber.next({ kind: 'warning', text });
    if (this.#subscriber.closed) return;
    this.#keepWorking(Math.min(ackWaitMs(config) / 3, MAX_DELAY_MS));
    this.#collectorEnd = collector.events$?.subscribe({
      complete: () => {
        this.#end();
      },
    });
    this.#pulled.start();
  }

  stop(): void {
    this.#pulled.stop();
    this.#timer?.unsubscribe();
    this.#collectorEnd?.unsubscribe();
  }

  /** Tells the server at intervals that open messages are being processed: this restarts their deadlines. */
  #keepWorking(intervalMs: number): void {
    const { scheduler } = this.#settings;
    this.#timer = scheduler.schedule(() => {
      // Throws if the connection is closed.
      for (const { message } of this.#open.values()) tryGet(message.working.bind(message));
      this.#keepWorking(intervalMs);
    }, intervalMs);
  }

  #receive(message: JetStreamMessage): void {
    const position = positionOf(message);
    if (position.streamSequence > this.#highest) this.#highest = position.streamSequence;
    else if (this.#isKnown(message, position)) return;
    const open = new OpenMessage(position, message, this.#onSettled);
    this.#open.set(position.streamSequence, open);
    let event: EventInput;
    try {
      event = this.#settings.decode(message);
    } catch (error) {
      void this.#giveUp(open, 'invalid', { error });
      return;
    }
    try {
      this.#collect(event, open);
    } catch (error) {
      this.#delay(open, { error });
    }
  }

  /** Whether a message was received before. */
  #isKnown(message: JetStreamMessage, position: MessagePosition): boolean {
    const known = this.#open.get(position.streamSequence);
    if (known?.position.timestampNanos === position.timestampNanos) {
      // Delivered again because its deadline has passed, or because the server was restarted.
      known.message = message;
    } else if (this.#acknowledged.has(position.streamSequence, position.timestampNanos)) {
      this.#answer(message, 'ack');
      this.#subscriber.next({ kind: 'repeated', message });
    } else return false;
    this.#pulled.release();
    return true;
  }

  #collect(event: EventInput, open: OpenMessage): void {
    if (this.#follow !== undefined) {
      this.#follow(event, open);
      return;
    }
    // Two callbacks: an async function would create two more promises per message.
    this.#settings.collector.collectTracked(event).then(
      (settlement) => {
        this.#settle(open, settlement);
      },
      (error: unknown) => {
        this.#delay(open, { error });
      },
    );
  }

  /** Answers in a microtask, outside the collector's turn: observers of the results may call the collector. */
  readonly #onSettled = (open: OpenMessage): void => {
    if (this.#settled.push(open) === 1) queueMicrotask(this.#answerSettled);
  };

  readonly #answerSettled = (): void => {
    const settled = this.#settled;
    this.#settled = [];
    for (const open of settled) if (open.settlement !== undefined) this.#settle(open, open.settlement);
  };

  #settle(open: OpenMessage, settlement: Settlement): void {
    const { message } = open;
    const verdict = verdictOf(settlement);
    switch (verdict) {
      case 'acknowledge':
        this.#answer(message, 'ack');
        this.#acknowledged.add(open.position.streamSequence, open.position.timestampNanos);
        this.#finish(open, { kind: 'acknowledged', message, settlement });
        break;
      case 'closed':
        this.#end();
        // Without a delay, so that another process can receive it immediately; this one requests no more messages.
        this.#answer(message, 'nak');
        this.#finish(open, { kind: 'returned', message });
        break;
      case 'invalid':
        void this.#giveUp(open, 'invalid', { settlement });
        break;
      default: {
        const afterDeliveries = this.#settings.deadLetters?.afterDeliveries ?? Infinity;
        if (verdict === 'failed' && message.info.deliveryCount >= afterDeliveries) void this.#giveUp(open, 'undelivered', { settlement });
        else this.#delay(open, { settlement });
      }
    }
  }

  #finish(open: OpenMessage, result: JetStreamResult): void {
    const { streamSequence } = open.position;
    if (this.#open.get(streamSequence) === open) this.#open.delete(streamSequence);
    this.#subscriber.next(result);
    this.#pulled.release();
    this.#completeAtEnd();
  }

  async #giveUp(open: OpenMessage, reason: DeadLetterReason, failure: Failure): Promise<void> {
    const { deadLetters } = this.#settings;
    if (deadLetters === undefined) {
      this.#delay(open, failure);
      return;
    }
    if (open.message.subject === deadLetters.subject) {
      this.#subscriber.error(
        new Error('The consumer receives its own dead letters: exclude `deadLetters.subject` by its `filter_subjects`'),
      );
    } else {
      try {
        await publishDeadLetter(deadLetters, open.message, reason);
      } catch (error) {
        this.#delay(open, { ...failure, error });
        return;
      }
      // Without a reason: servers before 2.11 ignore a `term` that has one.
      this.#answer(open.message, 'term');
      this.#acknowledged.add(open.position.streamSequence, open.position.timestampNanos);
    }
    this.#finish(open, { kind: 'dead_lettered', message: open.message, reason, ...failure });
  }

  #delay(open: OpenMessage, failure: Failure): void {
    const { baseDelayMs, maxDelayMs } = this.#settings;
    const boundMs = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(open.message.info.deliveryCount - 1, 30));
    // At least half of the bound: the client ignores a delay of 0.
    const delayMs = Math.max(1, Math.round(boundMs * (0.5 + this.#random() / 2)));
    this.#answer(open.message, 'nak', delayMs);
    this.#finish(open, { kind: 'delayed', message: open.message, delayMs, ...failure });
  }

  /** After an unsubscription, nothing is answered: the server delivers the message again. */
  #answer(message: JetStreamMessage, answer: 'ack' | 'nak' | 'term', delayMs?: number): void {
    if (this.#subscriber.closed) return;
    try {
      if (answer === 'nak') message.nak(delayMs);
      else message[answer]();
    } catch {
      // If the connection is closed, the server delivers the message again.
    }
  }

  /** Stops requesting messages; completes when every open message is settled. */
  #end(): void {
    this.#isEnding = true;
    this.#pulled.stop();
    this.#completeAtEnd();
  }

  #completeAtEnd(): void {
    if (this.#isEnding && this.#open.size === 0) this.#subscriber.complete();
  }
}
