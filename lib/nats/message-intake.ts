import type { Subscriber, Unsubscribable } from 'rxjs';
import type { EventInput } from '../event/event.js';
import type { Settlement } from '../features/with-settlements.js';
import { safeRandom } from '../internal/default-random.js';
import { tryGet } from '../internal/try-get.js';
import { publishDeadLetter, type DeadLetterReason } from './dead-letters.js';
import type { IntakeSettings } from './intake-options.js';
import { ackWaitMs, checkConsumer, consumerWarnings } from './consumer-config.js';
import type { JetStreamConsumerConfig, JetStreamMessage } from './jet-stream-consumer.js';
import type { JetStreamResult } from './message-result.js';
import { PulledMessages } from './pulled-messages.js';
import { RecentKeys } from './recent-keys.js';
import { verdictOf } from './verdict.js';

/** A server that is killed forgets the acknowledgements of its last second or so, and delivers those messages again. */
const MIN_REMEMBERED = 10_000;

/** A message whose event is not settled. */
interface InHand {
  readonly key: string;
  /** Its latest delivery. */
  message: JetStreamMessage;
}

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
  /** By their place in the stream. */
  readonly #inHand = new Map<string, InHand>();
  /** An acknowledgement may be lost with the connection: the message is then delivered again. */
  readonly #acknowledged: RecentKeys;
  #timer: Unsubscribable | undefined;
  #collectorEnd: Unsubscribable | undefined;
  /** The collector is shut down. */
  #isEnding = false;

  constructor(settings: IntakeSettings, subscriber: Subscriber<JetStreamResult>) {
    const { consumer, maxInFlight, scheduler, random } = settings;
    this.#settings = settings;
    this.#subscriber = subscriber;
    this.#random = safeRandom(random);
    this.#acknowledged = new RecentKeys(Math.max(MIN_REMEMBERED, maxInFlight * 4));
    this.#pulled = new PulledMessages(consumer, maxInFlight, scheduler, {
      onMessage: (message) => void this.#receive(message),
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
    if (this.#subscriber.closed) return;
    for (const text of consumerWarnings(config, this.#settings.deadLetters)) this.#subscriber.next({ kind: 'warning', text });
    this.#keepWorking(ackWaitMs(config) / 3);
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

  /** Tells the server at intervals that messages in hand are being worked on: their deadlines start again. */
  #keepWorking(intervalMs: number): void {
    const { scheduler } = this.#settings;
    this.#timer = scheduler.schedule(() => {
      // On a closed connection it throws.
      for (const { message } of this.#inHand.values()) tryGet(message.working.bind(message));
      this.#keepWorking(intervalMs);
    }, intervalMs);
  }

  async #receive(message: JetStreamMessage): Promise<void> {
    const { streamSequence, timestampNanos } = message.info;
    // With the time: a stream that was created again counts from 1.
    const key = `${String(streamSequence)}.${String(timestampNanos)}`;
    const known = this.#inHand.get(key);
    if (known !== undefined) {
      // Its deadline has passed, or the server was started again.
      known.message = message;
      this.#pulled.release();
      return;
    }
    if (this.#acknowledged.has(key)) {
      message.ack();
      this.#subscriber.next({ kind: 'repeated', message });
      this.#pulled.release();
      return;
    }
    const inHand: InHand = { key, message };
    this.#inHand.set(key, inHand);
    const result = await this.#process(inHand);
    this.#inHand.delete(key);
    this.#subscriber.next(result);
    this.#pulled.release();
    this.#completeAtEnd();
  }

  /** After an unsubscription, nothing is answered: the server delivers the message again. */
  async #process(inHand: InHand): Promise<JetStreamResult> {
    const { collector, decode, deadLetters } = this.#settings;
    let event: EventInput;
    try {
      event = decode(inHand.message);
    } catch (error) {
      return this.#giveUp(inHand, 'invalid', { error });
    }
    let settlement: Settlement;
    try {
      settlement = await collector.collectTracked(event);
    } catch (error) {
      return this.#delay(inHand, { error });
    }
    switch (verdictOf(settlement)) {
      case 'acknowledge':
        this.#answer(inHand, (message) => {
          message.ack();
        });
        this.#acknowledged.add(inHand.key);
        return { kind: 'acknowledged', message: inHand.message, settlement };
      case 'closed':
        this.#end();
        // Without a delay, because nothing is requested any more.
        this.#answer(inHand, (message) => {
          message.nak();
        });
        return { kind: 'returned', message: inHand.message };
      case 'invalid':
        return this.#giveUp(inHand, 'invalid', { settlement });
      case 'failed':
        return inHand.message.info.deliveryCount >= (deadLetters?.afterDeliveries ?? Infinity)
          ? this.#giveUp(inHand, 'undelivered', { settlement })
          : this.#delay(inHand, { settlement });
      case 'not_accepted':
        return this.#delay(inHand, { settlement });
    }
  }

  async #giveUp(inHand: InHand, reason: DeadLetterReason, failure: Failure): Promise<JetStreamResult> {
    const { deadLetters } = this.#settings;
    if (deadLetters === undefined) return this.#delay(inHand, failure);
    if (inHand.message.subject === deadLetters.subject) {
      this.#subscriber.error(
        new Error('The consumer receives its own dead letters: exclude `deadLetters.subject` by its `filter_subjects`'),
      );
    } else {
      try {
        await publishDeadLetter(deadLetters, inHand.message, reason);
      } catch (error) {
        return this.#delay(inHand, { ...failure, error });
      }
      // Servers before 2.11 ignore a `term` with a reason.
      this.#answer(inHand, (message) => {
        message.term();
      });
      this.#acknowledged.add(inHand.key);
    }
    return { kind: 'dead_lettered', message: inHand.message, reason, ...failure };
  }

  #delay(inHand: InHand, failure: Failure): JetStreamResult {
    const { baseDelayMs, maxDelayMs } = this.#settings;
    const boundMs = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(inHand.message.info.deliveryCount - 1, 30));
    // At least half of it: the client takes a delay of 0 for none.
    const delayMs = Math.max(1, Math.round(boundMs * (0.5 + this.#random() / 2)));
    this.#answer(inHand, (message) => {
      message.nak(delayMs);
    });
    return { kind: 'delayed', message: inHand.message, delayMs, ...failure };
  }

  #answer({ message }: InHand, answer: (message: JetStreamMessage) => void): void {
    // On a closed connection it throws. The server then delivers the message again.
    if (!this.#subscriber.closed)
      tryGet(() => {
        answer(message);
      });
  }

  /** Requests nothing more; completes when every message in hand is settled. */
  #end(): void {
    this.#isEnding = true;
    this.#pulled.stop();
    this.#completeAtEnd();
  }

  #completeAtEnd(): void {
    if (this.#isEnding && this.#inHand.size === 0) this.#subscriber.complete();
  }
}
