/** The URL with a path, without `$`, before its query and its fragment. One without a host stays as it is, for `httpSink` to refuse. */
export const endpoint = (url: string | URL, path: string): string => String(url).replace(/(?<![:/])\/*(?=[?#]|$)/, path);

/** The same for a path that has a query, which comes before that of the URL. */
export const endpointQuery = (url: string | URL, path: string): string =>
  String(url).replace(/(?<![:/])\/*(\?|(?=#)|$)/, (_, mark: string) => path + (mark && '&'));
