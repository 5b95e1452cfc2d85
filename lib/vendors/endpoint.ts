/** The URL with a path before its query, and without a fragment; `query` is added to it. */
export function endpoint(url: string | URL, path: string, query = ''): string {
  const text = String(url)
    .replace(/#.*/, '')
    .replace(/\/*(\?|$)/, `${path}$1`);
  return query === '' ? text : `${text}${text.includes('?') ? '&' : '?'}${query}`;
}

/** A header for a user without a password. */
export const basicAuth = (user: string): { readonly authorization: string } => ({ authorization: `Basic ${btoa(`${user}:`)}` });
