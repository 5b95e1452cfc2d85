/** An address without its query and its fragment, which may hold what is nobody's business. */
export const withoutQuery = (url: string): string => url.replace(/[?#].*/s, '');
