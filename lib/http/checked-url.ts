/**
 * The absolute URL that is meant, without its fragment; relative ones hold in pages and workers, which have a place of their own.
 *
 * @throws TypeError, which never shows the URL: user names, passwords and keys stand in some
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
    // Node has no `location`, whatever the types say.
    return new URL(url, (globalThis.location as Location | undefined)?.href);
  } catch {
    return undefined;
  }
}
