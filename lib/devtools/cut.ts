/** Longest text of an event or error that a snapshot contains, payloads aside, in characters. */
const MAX_TEXT = 300;

/** The beginning of a text that comes from outside. A snapshot must stay small, whatever an event is called. */
export const cut = (text: string): string => text.slice(0, MAX_TEXT);

/** An error in words. */
export const messageOf = (error: unknown): string =>
  cut(error instanceof Error ? error.message : typeof error === 'string' ? error : typeof error);
