import type { AnalyticsEvent } from '../event/event.js';
import { anArray, isObject, oneOf } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { tryGet } from '../internal/try-get.js';
import { thisPage } from './page.js';
import { truncate } from './truncate.js';
import { withoutQueries } from './without-queries.js';

/** What `pageContext` adds to an event's metadata. */
export type PageContextField = 'referrer' | 'campaign' | 'deviceClass' | 'viewport';

const FIELDS: readonly PageContextField[] = ['referrer', 'campaign', 'deviceClass', 'viewport'];

/** The part of a `window` that is read. */
export interface ContextPage {
  readonly document: { readonly referrer: string };
  readonly location: { readonly href: string };
  readonly navigator: { readonly userAgentData?: { readonly mobile?: boolean } };
  readonly innerWidth: number;
  readonly innerHeight: number;
  matchMedia(query: string): { readonly matches: boolean };
}

export interface PageContextOptions {
  /** Fields to leave out. @default none */
  readonly without?: readonly PageContextField[] | undefined;
  /** The page. @default the global `window` */
  readonly window?: ContextPage | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<PageContextOptions, 'window'>(() => ({
  without: [
    {
      expected: `an array of ${FIELDS.map((field) => `'${field}'`).join(', ')}`,
      accepts: (value) => anArray.accepts(value) && (value as unknown[]).every(oneOf(FIELDS).accepts),
    },
    [],
  ],
  window: [{ expected: 'a window', accepts: isObject }],
}));

/** Limit of a text from a URL, in UTF-8 bytes. */
const MAX_TEXT = 256;

/**
 * An enricher that adds the visitor's origin (referrer, campaign) and display (device class, viewport) to each event's metadata. An event's own
 * metadata takes precedence.
 *
 * | field | value |
 * |---|---|
 * | `referrer` | the URL of the previous page, without its query; absent if the page has no referrer |
 * | `campaign` | `{ source, medium, name, term, content }` of `utm_…` in the URL that the page was loaded with; absent without such parameters |
 * | `deviceClass` | `'mobile'`, `'tablet'` or `'desktop'`, by the input and the width of the window |
 * | `viewport` | `{ width, height }` in CSS pixels |
 *
 * Without a page, events pass unchanged.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const enrichers = [pageContext({ without: ['viewport'] })];
 * const collector = new EventCollector({ sinks: [], enrichers });
 * expect(collector.track('feature_used', { feature: 'search' })).to.equal('accepted');
 */
export function pageContext(options?: PageContextOptions): <E extends AnalyticsEvent>(event: E) => E {
  const { without, window = thisPage() as ContextPage | undefined } = OPTIONS.parse(options);
  if (window === undefined) return (event) => event;
  const has = (field: PageContextField): boolean => !without.includes(field);
  // Read once: client-side routing changes the URL, and may remove the campaign from it.
  const referrer = has('referrer') ? tryGet(() => referrerOf(window)) : undefined;
  const campaign = has('campaign') ? tryGet(() => campaignOf(window)) : undefined;
  const fixed = { ...(referrer !== undefined && { referrer }), ...(campaign !== undefined && { campaign }) };
  return (event) => {
    const deviceClass = has('deviceClass') ? tryGet(() => deviceClassOf(window)) : undefined;
    const { innerWidth: width, innerHeight: height } = window;
    const read = { ...(deviceClass !== undefined && { deviceClass }), ...(has('viewport') && { viewport: { width, height } }) };
    return { ...event, metadata: { ...fixed, ...read, ...event.metadata } };
  };
}

function referrerOf({ document: { referrer } }: ContextPage): string | undefined {
  return referrer === '' ? undefined : truncate(withoutQueries(referrer), MAX_TEXT);
}

function campaignOf({ location: { href } }: ContextPage): Readonly<Record<string, string>> | undefined {
  const { searchParams } = new URL(href);
  const parameters = { source: 'utm_source', medium: 'utm_medium', name: 'utm_campaign', term: 'utm_term', content: 'utm_content' };
  const found = Object.entries(parameters).flatMap(([field, parameter]): [string, string][] => {
    const value = searchParams.get(parameter);
    return value === null || value === '' ? [] : [[field, truncate(value, MAX_TEXT)]];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function deviceClassOf(window: ContextPage): 'mobile' | 'tablet' | 'desktop' {
  const { navigator, innerWidth, innerHeight } = window;
  const isTouch = window.matchMedia('(pointer: coarse)').matches;
  if (navigator.userAgentData?.mobile === true) return 'mobile';
  if (!isTouch) return 'desktop';
  return Math.min(innerWidth, innerHeight) < 600 ? 'mobile' : 'tablet';
}
