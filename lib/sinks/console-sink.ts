import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { aFunction, aNonEmptyString, aString, checkArgument } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { EventSink } from '../sink/sink.js';

export interface ConsoleSinkOptions {
  /** Unique within a collector. @default 'console' */
  readonly name?: string | undefined;
  /**
   * Called with each line and the event's data. A console method would interpret `%` in the line as a format: pass `(line, data) =>
   * console.error('%s', line, data)`.
   *
   * @default console.log, with the line as an argument of a constant format
   */
  readonly log?: ((line: string, data: unknown) => void) | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<ConsoleSinkOptions>(() => ({
  name: [aNonEmptyString, 'console'],
  log: [aFunction, logToConsole],
}));

/**
 * Writes one line per event, `[prefix] type:` and the data, for debugging.
 *
 * Control characters in a type are escaped: otherwise they could forge lines or control the terminal.
 *
 * @example
 * const lines: string[] = [];
 * const sink = new ConsoleSink('app', { log: (line) => lines.push(line) });
 * sink.process(createBatch([createEvent({ type: 'feature_used' }), createEvent({ type: 'forged\n[app] line' })], 1));
 * expect(lines).to.deep.equal(['[app] feature_used:', String.raw`[app] forged\u000a[app] line:`]);
 */
export class ConsoleSink<E extends Pick<AnalyticsEvent, 'type' | 'data'> = AnalyticsEvent> implements EventSink<E> {
  readonly name: string;
  readonly #prefix: string;
  readonly #log: (line: string, data: unknown) => void;

  /**
   * @param prefix written in brackets before each line. @default 'event'
   * @throws TypeError for an invalid prefix, and for an invalid or unknown option
   */
  constructor(prefix = 'event', options?: ConsoleSinkOptions) {
    checkArgument('prefix', prefix, aString);
    const { name, log } = OPTIONS.parse(options);
    this.name = name;
    this.#prefix = prefix;
    this.#log = log;
  }

  process(batch: EventBatch<E>): void {
    for (const { type, data } of batch.events) this.#log(printable(`[${this.#prefix}] ${type}:`), data);
  }
}

/** The line is passed as a further argument: in the first one, `%` would be interpreted as a format. Data that is a string is printed without quotes. */
function logToConsole(line: string, data: unknown): void {
  console.log('%s', line, typeof data === 'string' ? printable(data) : data);
}

/** Escapes control characters, and characters that reorder or break lines. */
const printable = (text: string): string =>
  text.replaceAll(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

const UNPRINTABLE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;
