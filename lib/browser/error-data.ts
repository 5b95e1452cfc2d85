import type { ErrorData } from '../event/payloads.js';

/**
 * What can be told of something that was thrown, whatever it is. Of what is no error, only a string is told.
 *
 * @param message for what has none of its own
 */
export function errorData(thrown: unknown, component = 'page', message = `Not an error, but of the type ${typeof thrown}`): ErrorData {
  const parts = typeof thrown === 'string' ? { message: thrown } : partsOf(thrown);
  return {
    code: parts.name ?? 'Error',
    message: parts.message ?? message,
    severity: 'error',
    component,
    recovered: false,
    ...(parts.stack !== undefined && { stackTrace: parts.stack }),
  };
}

type Parts = Partial<Record<'name' | 'message' | 'stack', string>>;

function partsOf(thrown: unknown): Parts {
  if (typeof thrown !== 'object' || thrown === null) return {};
  try {
    const { name, message, stack } = thrown as Parts;
    return Object.fromEntries(Object.entries({ name, message, stack }).filter(([, text]) => typeof text === 'string' && text !== ''));
  } catch {
    // Anything can be thrown, and what has getters can throw in turn.
    return {};
  }
}
