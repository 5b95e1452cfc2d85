import type { ErrorData } from '../event/payloads.js';
import { tryGet } from '../internal/try-get.js';
import { truncate } from './truncate.js';
import { withoutQueries } from './without-queries.js';

/** An error in the chain of another one. */
export type ErrorCause = Pick<ErrorData, 'code' | 'message' | 'stackTrace'>;

/** An error that the page did not handle. */
export interface PageErrorData extends ErrorData {
  /** The errors in `cause` and in an `AggregateError`'s `errors`, depth first, at most 8. Absent if there are none. */
  readonly causes?: readonly ErrorCause[] | undefined;
}

/** Limits in UTF-8 bytes. */
export interface ErrorLimits {
  /** For each message. */
  readonly maxMessageBytes: number;
  /** For all stacks of one event together. */
  readonly maxStackBytes: number;
}

export const ERROR_LIMITS: ErrorLimits = { maxMessageBytes: 1_024, maxStackBytes: 16_384 };

const MAX_CAUSES = 8;

/**
 * Describes anything that was thrown. A string becomes the message; any other value that is not an error is described by its type only.
 *
 * Queries and fragments of URLs are removed. Properties that throw are treated as missing.
 *
 * @param fallback the message of a value that has none
 */
export function errorData(thrown: unknown, component = 'page', fallback?: string, limits = ERROR_LIMITS): PageErrorData {
  const { maxMessageBytes } = limits;
  const short = (text: string): string => truncate(withoutQueries(text), maxMessageBytes);
  let stackBytes = limits.maxStackBytes;
  const read = (error: unknown, otherwise = `A value of type ${typeof error}, not an error`): ErrorCause => {
    const ownMessage = typeof error === 'string' && error !== '' ? error : textOf(error, 'message');
    const message = short(ownMessage ?? otherwise);
    // Most stacks begin with the message: a long one would leave no space for the frames.
    const stack = textOf(error, 'stack')?.replace(ownMessage ?? '', () => message) ?? '';
    const stackTrace = truncate(withoutQueries(stack), stackBytes);
    stackBytes -= new TextEncoder().encode(stackTrace).byteLength;
    return { code: short(textOf(error, 'name') ?? 'Error'), message, ...(stackTrace !== '' && { stackTrace }) };
  };
  const { code, message, stackTrace } = read(thrown, fallback);
  const causes = causesOf(thrown).map((cause) => read(cause));
  return {
    code,
    message,
    severity: 'error',
    component: short(component),
    recovered: false,
    ...(stackTrace !== undefined && { stackTrace }),
    ...(causes.length > 0 && { causes }),
  };
}

/** Depth first, each value once: a chain may lead back to its start. */
function causesOf(thrown: unknown): unknown[] {
  const found = new Set<unknown>();
  const follow = (error: unknown): void => {
    const errors = propertyOf(error, 'errors');
    const listed = tryGet(() => (Array.isArray(errors) ? (errors as unknown[]).slice(0, MAX_CAUSES) : [])) ?? [];
    for (const cause of [propertyOf(error, 'cause'), ...listed]) {
      if (cause === undefined || cause === null || cause === thrown || found.has(cause) || found.size >= MAX_CAUSES) continue;
      found.add(cause);
      follow(cause);
    }
  };
  follow(thrown);
  return [...found];
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? tryGet(() => (value as Readonly<Record<string, unknown>>)[key]) : undefined;
}

function textOf(value: unknown, key: string): string | undefined {
  const text = propertyOf(value, key);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
