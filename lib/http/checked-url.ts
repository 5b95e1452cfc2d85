/** The absolute URL; `undefined` if it is invalid. Relative URLs work in pages, where the document's base URL counts, and in workers. */
export function resolvedUrl(url: unknown): URL | undefined {
  try {
    const { document, location } = globalThis as { readonly document?: Document; readonly location?: Location };
    // `document.baseURI`, since a `srcdoc` frame has the location `about:srcdoc` and the base URL of its parent.
    return new URL(url as string, document?.baseURI ?? location?.href);
  } catch {
    return undefined;
  }
}

/**
 * The absolute URL without its fragment.
 *
 * @throws TypeError that doesn't contain the URL, which may hold user names, passwords and keys
 */
export function checkedUrl(url: unknown): string {
  const parsed = typeof url === 'string' || url instanceof URL ? resolvedUrl(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) throw new TypeError('Expected `url` to be an http: or https: URL');
  if (parsed.username !== '' || parsed.password !== '')
    throw new TypeError('Expected `url` to be without user name and password, which `headers` can hold as `authorization`');
  parsed.hash = '';
  return parsed.href;
}
