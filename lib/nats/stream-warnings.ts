import { aDelay, aNonEmptyString, checkArgument, isFunction, isObject, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';

/** The part of a JetStream manager that is used here: pass the result of `jetstreamManager(connection)`. */
export interface JetStreamStreams {
  readonly streams: { info(stream: string): Promise<{ readonly config: JetStreamStreamConfig }> };
}

/** The part of a stream's configuration that is used here. */
export interface JetStreamStreamConfig {
  /** Nanoseconds. */
  readonly duplicate_window?: number | undefined;
  readonly discard?: string | undefined;
  readonly max_msgs?: number | undefined;
  readonly max_bytes?: number | undefined;
  readonly storage?: string | undefined;
}

export interface StreamWarningsOptions {
  readonly stream: string;
  /** The `retry.maxElapsedMs` of the `jetStreamSink`'s lane. @default 300_000 */
  readonly maxElapsedMs?: number | undefined;
  /** The `timeoutMs` of this lane. @default 10_000 */
  readonly timeoutMs?: number | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<StreamWarningsOptions>(() => ({
  stream: aNonEmptyString,
  maxElapsedMs: [aDelay(), 300_000],
  timeoutMs: [aDelay(1), 10_000],
}));

const aManager: Expectation = {
  expected: 'a JetStream manager',
  accepts: (value) => isObject(value) && isObject(value.streams) && isFunction(value.streams.info),
};

const NANOS_PER_MS = 1e6;

/**
 * Returns warnings about a stream's configuration by which events may be lost or stored twice. Call it when the program starts, and report the
 * result.
 *
 * - The duplicate window ends before the lane's last attempt: an event whose acknowledgement was lost is stored twice, unless the final store
 *   recognises its id. This is so with the defaults of 2 and 5 minutes.
 * - A full stream discards its oldest messages, acknowledged or not (`discard: 'old'` with a limit).
 * - The stream is in memory.
 *
 * Rejects if the stream is not found.
 *
 * @throws TypeError for an invalid or unknown option
 */
export async function streamWarnings(manager: JetStreamStreams, options: StreamWarningsOptions): Promise<readonly string[]> {
  const { stream, maxElapsedMs, timeoutMs } = OPTIONS.parse(options);
  checkArgument('manager', manager, aManager);
  const { config } = await manager.streams.info(stream);
  const warnings: string[] = [];
  const windowMs = (config.duplicate_window ?? 0) / NANOS_PER_MS;
  const neededMs = maxElapsedMs + timeoutMs;
  if (windowMs < neededMs) {
    warnings.push(
      `The duplicate window of ${stream} is ${String(windowMs)} ms, but its lane tries for ${String(neededMs)} ms: an event may be stored twice. ` +
        'Set `duplicate_window` higher or `retry.maxElapsedMs` lower, or have a store at the end that recognises ids',
    );
  }
  const isLimited = [config.max_msgs, config.max_bytes].some((limit) => limit !== undefined && limit > 0);
  if (isLimited && config.discard !== 'new') {
    warnings.push(`The stream ${stream} discards its oldest messages when it is full. With \`discard: 'new'\`, the sink waits instead`);
  }
  if (config.storage === 'memory') warnings.push(`The stream ${stream} is in memory: it is lost with its server`);
  return warnings;
}
