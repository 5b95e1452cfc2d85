/** A URL without its query and fragment, which may contain personal data. */
export const withoutQuery = (url: string): string => url.replace(/[?#].*/s, '');
