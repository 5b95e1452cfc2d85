/**
 * The absolute URL without its fragment. Relative URLs work in pages, where the document's base URL counts, and in workers.
 *
 * @throws TypeError that doesn't contain the URL, which may hold user names, passwords and keys
 */
export function checkedUrl(url: unknown): string {
  const parsed = parse(url);
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) throw new TypeError('Expected `url` to be an http: or https: URL');
  if (parsed.username !== '' || parsed.password !== '')
    throw new TypeError('Expected `url` to be without user name and password, which `headers` can hold as `authorization`');
  parsed.hash = '';
  return parsed.href;
}

function parse(url: unknown): URL | undefined {
  if (!(typeof url === 'string' || url instanceof URL)) return undefined;
  try {
    const { document, location } = globalThis as { readonly document?: Document; readonly location?: Location };
    // A `srcdoc` frame is located at `about:srcdoc`, and has the base URL of the page around it.
    return new URL(url, document?.baseURI ?? location?.href);
  } catch {
    return undefined;
  }
}
