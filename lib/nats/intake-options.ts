import type { SchedulerLike, Subscribable } from 'rxjs';
import type { EventInput } from '../event/event.js';
import type { Settlement } from '../features/settlement.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import {
  aFunction,
  anInteger,
  aNumber,
  aScheduler,
  isFunction,
  isObject,
  MAX_DELAY_MS,
  type Expectation,
} from '../internal/check-option.js';
import { defaultRandom } from '../internal/default-random.js';
import { optionsOf, type Parsed } from '../internal/options.js';
import { DEAD_LETTERS, type DeadLetterOptions } from './dead-letters.js';
import type { JetStreamConsumer, JetStreamMessage } from './jet-stream-consumer.js';

/** The part of a collector that is used here: an `EventCollector`, or a collector with `withSettlements()`. */
export interface TrackingCollector {
  collectTracked(event: EventInput): Promise<Settlement>;
  /** Completes when the collector is shut down. */
  readonly events$?: Subscribable<unknown> | undefined;
}

export interface FromJetStreamOptions {
  /** A pull consumer with `ack_policy: 'explicit'`. */
  readonly consumer: JetStreamConsumer;
  /** Collects the events. */
  readonly collector: TrackingCollector;
  /**
   * Maximum number of messages that are requested or unsettled. Set it to several times `batch.maxCount`: otherwise batches are cut by age only.
   * @default 1_000
   */
  readonly maxInFlight?: number | undefined;
  /** Returns a message's event. If it throws, the message is invalid. @default the JSON that `jetStreamSink` publishes */
  readonly decode?: ((message: JetStreamMessage) => EventInput) | undefined;
  /** Milliseconds until a message with an undelivered event is delivered again; doubles with each delivery. @default 1_000 */
  readonly baseDelayMs?: number | undefined;
  /** The longest of these delays. @default 60_000 */
  readonly maxDelayMs?: number | undefined;
  /** Where invalid and undeliverable messages are published. @default none: they are delivered again indefinitely */
  readonly deadLetters?: DeadLetterOptions | undefined;
  /** @default `asyncScheduler`, without keeping the process alive */
  readonly scheduler?: SchedulerLike | undefined;
  /** Source of the delays' jitter. @default Math.random */
  readonly random?: (() => number) | undefined;
}

const aConsumer: Expectation = {
  expected: 'a pull consumer of JetStream',
  accepts: (value) => isObject(value) && isFunction(value.fetch) && isFunction(value.info),
};

const aTrackingCollector: Expectation = {
  expected: 'a collector with `collectTracked`: an `EventCollector`, or one made by `createCollector(…, withSettlements())`',
  accepts: (value) => isObject(value) && isFunction(value.collectTracked),
};

/** The options, with their defaults. */
export type IntakeSettings = Parsed<FromJetStreamOptions, 'deadLetters'>;

export const FROM_JET_STREAM = /* @__PURE__ */ optionsOf<FromJetStreamOptions, 'deadLetters'>(() => ({
  consumer: aConsumer,
  collector: aTrackingCollector,
  maxInFlight: [anInteger(1), 1_000],
  decode: [aFunction, eventOf],
  baseDelayMs: [aNumber(1, MAX_DELAY_MS), 1_000],
  maxDelayMs: [aNumber(1, MAX_DELAY_MS), 60_000],
  deadLetters: [DEAD_LETTERS],
  scheduler: [aScheduler, backgroundScheduler],
  random: [aFunction, defaultRandom],
}));

const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true });

function eventOf({ data }: JetStreamMessage): EventInput {
  const event = parsed(decoder.decode(data));
  if (!isObject(event)) throw new TypeError('Expected the JSON of an event, got another value');
  // The collector checks the fields.
  return event as unknown as EventInput;
}

/** @throws SyntaxError whose message contains no part of the text, unlike that of `JSON.parse` */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError('Expected the JSON of an event, got text that is not JSON');
  }
}
