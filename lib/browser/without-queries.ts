/**
 * Removes the query and the fragment of every absolute URL in a text, and the content of `data:` URLs; positions in scripts stay.
 *
 * `at f (https://example.org/app.js?token=1234:7:11)` becomes `at f (https://example.org/app.js:7:11)`. Takes linear time.
 */
export const withoutQueries = (text: string): string => text.replace(URL_QUERY, '$1$2').replace(DATA_CONTENT, '$1$2');

// Both expressions end with what may follow a URL: a position, and closing brackets or punctuation. That part is bounded, since it is tried at every
// character. The query is optional, so that a URL without one is scanned once, even if it is full of `://`.
const URL_QUERY = /(:\/\/[^\s"<>?#]*)(?:[?#][^\s"<>]*?((?::\d{1,9}){0,2}[)\]}',.;:]{0,3})(?=[\s"<>]|$))?/g;
const DATA_CONTENT = /\b(data:[\w.+-]+\/[\w.+;=-]*),[^\s"<>]*?((?::\d{1,9}){0,2}[)\]}',.;:]{0,3})(?=[\s"<>]|$)/gi;
