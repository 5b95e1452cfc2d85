const MAX_LENGTH = 200;

/** Formats a value in one line, for the message of a failed test. */
export function show(value: unknown): string {
  const text = print(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

function print(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'bigint') return `${String(value)}n`;
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? JSON.stringify(value) : String(value);
  try {
    return JSON.stringify(value, readable());
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** Makes values readable that JSON would refuse or leave out. */
function readable(): (key: string, value: unknown) => unknown {
  const seen = new WeakSet();
  return (_key, value) => {
    if (value instanceof Map || value instanceof Set) return [...(value as Iterable<unknown>)];
    if (value === undefined || typeof value === 'bigint' || typeof value === 'function' || value instanceof Error) return print(value);
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return '[seen above]';
    seen.add(value);
    return value;
  };
}
