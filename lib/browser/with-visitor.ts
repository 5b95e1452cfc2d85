import { defer, startWith, Subscription, type Observable } from 'rxjs';
import type { Collector } from '../collector/collector.js';
import type { SessionPlace } from '../collector/event-processor.js';
import { kernelOf, type Kernel } from '../collector/kernel.js';
import type { AnalyticsEvent } from '../event/event.js';
import { mergeMetadata } from '../event/merge-metadata.js';
import { aDelay, aNonEmptyString, anObject, checkArgument, isFunction, isObject, type Expectation } from '../internal/check-option.js';
import { HotSubject } from '../internal/hot-subject.js';
import { optionsOf } from '../internal/options.js';
import { tryGet } from '../internal/try-get.js';
import type { CollectOutcome } from '../ledger/ledger.js';
import { listen } from './dom.js';
import { thisPage } from './page.js';
import { readVisitor, visitorText, type Session, type StoredVisitor } from './stored-visitor.js';
import type { VisitorStorage } from './visitor-storage.js';

/** The part of a `window` that a visitor needs. */
export interface VisitedPage extends EventTarget {
  readonly localStorage: VisitorStorage;
}

export interface VisitorOptions {
  /** Where the visitor is kept. @default the page's `localStorage`; memory without a page */
  readonly storage?: VisitorStorage | undefined;
  /** The key in the storage. @default 'rx-event-collector' */
  readonly key?: string | undefined;
  /** Milliseconds without an event after which the next event begins a new session. @default 30 minutes */
  readonly sessionIdleMs?: number | undefined;
  /** Milliseconds after which a session ends, whatever happens in it. @default 24 hours */
  readonly sessionMaxMs?: number | undefined;
  /** The page. @default the global `window` */
  readonly window?: VisitedPage | undefined;
}

const MINUTE_MS = 60_000;

const aStorage: Expectation = {
  expected: 'a storage with `getItem`, `setItem` and `removeItem`',
  accepts: (value) => isObject(value) && [value.getItem, value.setItem, value.removeItem].every(isFunction),
};

const OPTIONS = /* @__PURE__ */ optionsOf<VisitorOptions, 'storage' | 'window'>(() => ({
  storage: [aStorage],
  key: [aNonEmptyString, 'rx-event-collector'],
  sessionIdleMs: [aDelay(1), 30 * MINUTE_MS],
  sessionMaxMs: [aDelay(1), 24 * 60 * MINUTE_MS],
  window: [{ expected: 'a window', accepts: (value) => isObject(value) && isFunction(value.addEventListener) }],
}));

/** How old the stored time of the last event may be: other tabs read it, and writing costs more than an event. */
const WRITE_MS = 5_000;

/** The visitor of a page, made by `withVisitor`. */
export interface Visitor {
  /** Random; the same on every page of the site, in every tab, until `reset`. In the metadata of every event. */
  readonly anonymousId: string;
  /** As `identify` has set it. In the metadata of every event. */
  readonly userId: string | undefined;
  /** The session of the last event. */
  readonly session: Session;
  /** The current session, and each new one. Completes with the collector. */
  readonly session$: Observable<Session>;
  /**
   * The visitor is this user, on later pages too. Collects a `user_identified` event with `userId`, `anonymousId` and `traits`.
   *
   * @throws TypeError for anything but a non-empty string and an object
   */
  identify(userId: string, traits?: Readonly<Record<string, unknown>>): CollectOutcome;
  /** Another person uses the page from now on, such as after a logout: a new anonymous id, no user, a new session. */
  reset(): void;
  /** Later events have the collector's own session again, and no visitor. What is stored stays. */
  unsubscribe(): void;
}

/**
 * Gives the events of a page a visitor and a session that outlive the page.
 *
 * ```
 * page 1, tab 1   e  e          e                     visitor v, session 1
 * page 2, tab 2        e   e                          visitor v, session 1
 * page 3                            (31 minutes)   e  visitor v, session 2, previousId 1
 * ```
 *
 * `sessionId` of later events, and of the collector, is the session's; `anonymousId` and `userId` are added to their metadata, below what
 * `setMetadata` and the event itself say. A session begins with the first event after `sessionIdleMs` without one, or after `sessionMaxMs`; the
 * collector then collects a `session_started` event before it.
 *
 * If the collector has a consent, nothing is read or stored before it is granted: events until then have ids in memory. What is stored is deleted
 * when consent is denied. A storage that is blocked or full leaves the visitor in memory.
 *
 * Sessions follow the wall clock: pages and tabs share no other. On a server, create no visitor: all requests would share it.
 *
 * @throws TypeError for an invalid collector, and for an invalid or unknown option
 * @throws Error for a second visitor of a collector
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
  if (kernel?.processor.session !== undefined) throw new Error('The collector has a visitor already');
  // Reading `localStorage` throws where it is blocked.
  const store = storage ?? tryGet(() => window?.localStorage);
  return new PageVisitor({ ...parsed, kernel: kernel as Kernel<AnalyticsEvent>, storage: store, window });
}

/** For `sampling.consistent({ rate, key: byVisitor })`: all events of a visitor are kept, on every page, or none. */
export const byVisitor = ({ metadata }: Pick<AnalyticsEvent, 'metadata'>): unknown => metadata.anonymousId;

interface PageVisitorOptions {
  readonly kernel: Kernel<AnalyticsEvent>;
  readonly storage: VisitorStorage | undefined;
  readonly key: string;
  readonly sessionIdleMs: number;
  readonly sessionMaxMs: number;
  readonly window: EventTarget | undefined;
}

/** The place of the visitor's session on an event's path. */
class CurrentSession implements SessionPlace {
  readonly #visitor: PageVisitor;

  constructor(visitor: PageVisitor) {
    this.#visitor = visitor;
  }

  get id(): string {
    return this.#visitor.session.id;
  }

  renew(now: number): string {
    this.#visitor.renew(now);
    return this.id;
  }
}

class PageVisitor implements Visitor {
  readonly session$: Observable<Session>;
  readonly #options: PageVisitorOptions;
  readonly #sessions = new HotSubject<Session>();
  readonly #subscription = new Subscription();
  #state: StoredVisitor;
  /** The time of the last event, as it is stored. */
  #storedAt = -Infinity;
  #isAllowed = false;
  /** `identify` or `reset` was called while nothing could be read. */
  #isNewer = false;

  constructor(options: PageVisitorOptions) {
    this.#options = options;
    const { kernel, window, key } = options;
    const { processor, admission } = kernel;
    this.#state = this.#newVisitor();
    this.session$ = defer(() => this.#sessions.pipe(startWith(this.session)));
    const { extendMetadata } = processor;
    processor.extendMetadata = (base) => {
      const { anonymousId, userId } = this;
      const identified = mergeMetadata(base, { anonymousId, userId });
      return extendMetadata?.(identified) ?? identified;
    };
    processor.session = new CurrentSession(this);
    this.#followConsent();
    const { consent } = admission;
    if (consent !== undefined) {
      consent.onChange = () => {
        this.#followConsent();
      };
    }
    if (window !== undefined) {
      const onStorage = (event: Event): void => {
        // Another tab has written.
        const { key: changed, newValue } = event as StorageEvent;
        if (changed === key && newValue !== null && this.#isAllowed) this.#adopt();
      };
      this.#subscription.add(listen(window, 'storage', onStorage));
    }
    this.#subscription.add(() => {
      processor.extendMetadata = extendMetadata;
      processor.session = undefined;
      processor.expireMetadata();
      if (consent !== undefined) consent.onChange = undefined;
      this.#store();
      this.#sessions.complete();
    });
    kernel.onComplete(() => {
      this.unsubscribe();
    });
  }

  get anonymousId(): string {
    return this.#state.anonymousId;
  }

  get userId(): string | undefined {
    return this.#state.userId;
  }

  get session(): Session {
    return this.#state.session;
  }

  identify(userId: string, traits?: Readonly<Record<string, unknown>>): CollectOutcome {
    checkArgument('userId', userId, aNonEmptyString);
    if (traits !== undefined) checkArgument('traits', traits, anObject);
    this.#isNewer ||= !this.#isAllowed;
    this.#become({ ...this.#state, userId });
    this.#store();
    const data = { userId, anonymousId: this.anonymousId, ...(traits !== undefined && { traits }) };
    return this.#collect({ type: 'user_identified', category: 'usage', data });
  }

  reset(): void {
    this.#isNewer ||= !this.#isAllowed;
    this.#become(this.#newVisitor());
    this.#store();
  }

  unsubscribe(): void {
    this.#subscription.unsubscribe();
  }

  /** Called with each event, before it is captured. */
  renew(now: number): void {
    if (!this.#state.hasBegun || this.#isOver(now)) {
      // The visitor may have been active in another tab.
      if (this.#isAllowed) this.#adopt();
      if (this.#isOver(now)) {
        const { newId } = this.#options.kernel;
        const session = { id: newId(), previousId: this.session.id, startedAt: now };
        this.#become({ ...this.#state, session, hasBegun: false });
      }
    }
    const { hasBegun } = this.#state;
    this.#state = { ...this.#state, activeAt: now, hasBegun: true };
    if (!hasBegun) {
      this.#store();
      const { previousId } = this.session;
      const data = { feature: 'session', action: 'start', success: true, ...(previousId !== undefined && { previousId }) };
      this.#collect({ type: 'session_started', data });
    } else if (Math.abs(now - this.#storedAt) >= WRITE_MS) this.#store();
  }

  #isOver(now: number): boolean {
    const { sessionIdleMs, sessionMaxMs } = this.#options;
    const { session, activeAt } = this.#state;
    return now - activeAt >= sessionIdleMs || now - session.startedAt >= sessionMaxMs;
  }

  #newVisitor(): StoredVisitor {
    const { newId, scheduler } = this.#options.kernel;
    const now = scheduler.now();
    const session = { id: newId(), previousId: undefined, startedAt: now };
    return { anonymousId: newId(), userId: undefined, session, activeAt: now, hasBegun: false };
  }

  #become(state: StoredVisitor): void {
    const before = this.session.id;
    this.#state = state;
    this.#options.kernel.processor.expireMetadata();
    if (this.session.id !== before) this.#sessions.next(this.session);
  }

  #collect(event: { readonly type: string; readonly category?: 'usage'; readonly data: unknown }): CollectOutcome {
    return this.#options.kernel.admission.collect(event);
  }

  #followConsent(): void {
    const { kernel, storage, key } = this.#options;
    const state = kernel.admission.consent?.state ?? 'granted';
    const wasAllowed = this.#isAllowed;
    this.#isAllowed = state === 'granted';
    if (state === 'denied') {
      tryGet(() => storage?.removeItem(key));
      this.#become(this.#newVisitor());
    } else if (this.#isAllowed && !wasAllowed) {
      if (this.#isNewer) this.#store();
      else this.#adopt();
      this.#isNewer = false;
    }
  }

  /** Continues with the visitor and the session that are stored; stores its own if there are none. */
  #adopt(): void {
    const { storage, key } = this.#options;
    const stored = readVisitor(tryGet(() => storage?.getItem(key)));
    if (stored === undefined) {
      this.#store();
      return;
    }
    this.#storedAt = stored.activeAt;
    this.#become(stored);
  }

  #store(): void {
    const { storage, key } = this.#options;
    if (!this.#isAllowed) return;
    this.#storedAt = this.#state.activeAt;
    // It may be blocked or full: then the visitor is in memory.
    tryGet(() => storage?.setItem(key, visitorText(this.#state)));
  }
}
