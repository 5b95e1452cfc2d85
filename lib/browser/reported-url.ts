import { tryGet } from '../internal/try-get.js';

/** Origin and path: queries and fragments may contain personal data. */
export const originAndPath = ({ protocol, host, pathname }: URL): string => `${protocol}//${host}${pathname}`;

/** The form in which a URL is reported; `undefined` if it is invalid, or if `toUrl` throws. */
export const reportedUrl = (href: string, toUrl: (url: URL) => string): string | undefined => tryGet(() => toUrl(new URL(href)));
