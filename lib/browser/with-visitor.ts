import type { Collector } from '../collector/collector.js';
import { kernelOf, type Kernel } from '../collector/kernel.js';
import type { AnalyticsEvent } from '../event/event.js';
import { aDelay, aNonEmptyString, checkArgument, isFunction, isObject, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { tryGet } from '../internal/try-get.js';
import { PageVisitor } from './page-visitor.js';
import { thisPage } from './page.js';
import type { Visitor } from './visitor.js';
import type { VisitorStorage } from './visitor-storage.js';

/** The part of a `window` that a visitor needs. */
export interface VisitedPage extends EventTarget {
  readonly localStorage: VisitorStorage;
}

export interface VisitorOptions {
  /** Where the visitor is stored. @default the page's `localStorage`; memory without a page */
  readonly storage?: VisitorStorage | undefined;
  /** The key in the storage. @default 'rx-event-collector' */
  readonly key?: string | undefined;
  /** Milliseconds without an event after which the next event begins a new session. @default 30 minutes */
  readonly sessionIdleMs?: number | undefined;
  /** Milliseconds after which a session ends even if it is active. @default 24 hours */
  readonly sessionMaxMs?: number | undefined;
  /** The id of a visitor for whom none is stored, such as one that a server has used for the page's request. @default random */
  readonly anonymousId?: string | undefined;
  /** The page. @default the global `window` */
  readonly window?: VisitedPage | undefined;
}

const MINUTE_MS = 60_000;

const aStorage: Expectation = {
  expected: 'a storage with `getItem`, `setItem` and `removeItem`',
  accepts: (value) => isObject(value) && [value.getItem, value.setItem, value.removeItem].every(isFunction),
};

const OPTIONS = /* @__PURE__ */ optionsOf<VisitorOptions, 'storage' | 'anonymousId' | 'window'>(() => ({
  storage: [aStorage],
  key: [aNonEmptyString, 'rx-event-collector'],
  sessionIdleMs: [aDelay(1), 30 * MINUTE_MS],
  sessionMaxMs: [aDelay(1), 24 * 60 * MINUTE_MS],
  anonymousId: [aNonEmptyString],
  window: [{ expected: 'a window', accepts: (value) => isObject(value) && isFunction(value.addEventListener) }],
}));

/**
 * Adds a visitor and a session to the events of a page. Both outlive the page.
 *
 * ```
 * page 1, tab 1   e  e          e                     visitor v, session 1
 * page 2, tab 2        e   e                          visitor v, session 1
 * page 3                            (31 minutes)   e  visitor v, session 2, previousId 1
 * ```
 *
 * `sessionId` of later events, and of the collector, is the session's; `anonymousId` and `userId` are added to their metadata; keys set by
 * `setMetadata` or by the event itself take precedence. A session begins with the first event after `sessionIdleMs` without one, or after
 * `sessionMaxMs`; the collector then collects a `session_started` event before it.
 *
 * If the collector requires consent, nothing is read or stored before consent is granted: until then, the ids are in memory only. The stored visitor
 * is deleted when consent is denied. A storage that is blocked or full leaves the visitor in memory.
 *
 * Sessions follow the wall clock, the only clock that pages and tabs share. On a server, create no visitor: all requests would share it.
 *
 * @throws TypeError for an invalid collector, and for an invalid or unknown option
 * @throws Error if the collector already has a visitor, and after shutdown
 * @example
 * const storage = new Map<string, string>();
 * const collector = new EventCollector({ sinks: [] });
 * const visitor = withVisitor(collector, {
 *   storage: {
 *     getItem: (key) => storage.get(key) ?? null,
 *     setItem: (key, value) => void storage.set(key, value),
 *     removeItem: (key) => void storage.delete(key),
 *   },
 * });
 * visitor.identify('user-1');
 * collector.events$.subscribe(({ sessionId, metadata }) => {
 *   expect([sessionId, metadata.anonymousId, metadata.userId]).to.deep.equal([visitor.session.id, visitor.anonymousId, 'user-1']);
 * });
 * collector.track('feature_used', { feature: 'search' });
 */
export function withVisitor<E extends AnalyticsEvent>(collector: Collector<E>, options?: VisitorOptions): Visitor {
  const kernel = isObject(collector) ? kernelOf(collector) : undefined;
  checkArgument('collector', kernel, { expected: 'a collector made by this copy of rx-event-collector', accepts: isObject });
  const { window = thisPage(), storage, ...parsed } = OPTIONS.parse(options);
  if (kernel?.admission.isClosed === true) throw new Error('The collector is shut down');
  if (kernel?.processor.session !== undefined) throw new Error('The collector has a visitor already');
  // Reading `localStorage` throws where it is blocked.
  const store = storage ?? tryGet(() => window?.localStorage);
  return new PageVisitor({ ...parsed, kernel: kernel as Kernel<AnalyticsEvent>, storage: store, window });
}

/** For `sampling.consistent({ rate, key: byVisitor })`: all events of a visitor are kept, on every page, or none. */
export const byVisitor = ({ metadata }: Pick<AnalyticsEvent, 'metadata'>): unknown => metadata.anonymousId;
