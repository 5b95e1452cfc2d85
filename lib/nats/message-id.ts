/** Matches characters that must be escaped: header values are trimmed, end at a line break, and can't contain lone surrogates. */
const UNSAFE = /[^!-$&-~]/g;

/** Longer ids are hashed: the server keeps the ids of its duplicate window in memory, and refuses headers above 64 KiB. */
const MAX_LENGTH = 250;

/**
 * The event's id as a value of the header `Nats-Msg-Id`, by which the server recognises duplicates. Different ids have different values.
 *
 * Printable ASCII except `%` is kept, so UUIDs are unchanged. Other UTF-16 units become `%uXXXX`. If the result is longer than 250 characters, it is
 * replaced by `%sha256-` and its digest.
 */
export function messageId(id: string): string | Promise<string> {
  const escaped = escapeId(id);
  return escaped.length <= MAX_LENGTH ? escaped : digest(escaped);
}

function escapeId(id: string): string {
  return id.replace(UNSAFE, (unit) => `%u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return `%sha256-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
