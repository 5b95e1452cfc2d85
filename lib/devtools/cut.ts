/** Maximum length of an event's or error's text in a snapshot, except for payloads, in characters. */
const MAX_TEXT = 300;

/** Truncates a text from the application, such as an event type, so that a snapshot stays small. */
export const cut = (text: string): string => text.slice(0, MAX_TEXT);

/** An error in words. */
export const messageOf = (error: unknown): string =>
  cut(error instanceof Error ? error.message : typeof error === 'string' ? error : typeof error);
