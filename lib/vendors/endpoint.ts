/** The URL with a path, which may have a query, before its own query, and without a fragment. One without a host stays as it is, for `httpSink` to refuse. */
export const endpoint = (url: string | URL, path: string): string =>
  String(url).replace(
    /(?<!:\/*)\/*(\?[^#]*)?(#.*)?$/s,
    (_, query = '') => path + (path.includes('?') ? String(query).replace('?', '&') : String(query)),
  );

/** A header for a user without a password. */
export const basicAuth = (user: string): { readonly authorization: string } => ({ authorization: `Basic ${btoa(`${user}:`)}` });
