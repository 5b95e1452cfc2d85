import { defer, startWith, Subscription, type Observable } from 'rxjs';
import type { SessionPlace } from '../collector/event-processor.js';
import type { Kernel } from '../collector/kernel.js';
import type { ConsentState } from '../consent/consent-gate.js';
import type { AnalyticsEvent } from '../event/event.js';
import { mergeMetadata } from '../event/merge-metadata.js';
import { aNonEmptyString, anObject, checkArgument } from '../internal/check-option.js';
import { HotSubject } from '../internal/hot-subject.js';
import { tryGet } from '../internal/try-get.js';
import type { CollectOutcome } from '../ledger/ledger.js';
import { listen } from './dom.js';
import { readVisitor, visitorText, type Session, type StoredVisitor } from './stored-visitor.js';
import type { VisitorStorage } from './visitor-storage.js';
import type { Visitor } from './visitor.js';

export interface PageVisitorOptions {
  readonly kernel: Kernel<AnalyticsEvent>;
  readonly storage: VisitorStorage | undefined;
  readonly key: string;
  readonly sessionIdleMs: number;
  readonly sessionMaxMs: number;
  readonly anonymousId: string | undefined;
  readonly window: EventTarget | undefined;
}

/** The maximum age of the stored time of the last event, which other tabs read. Writing it for each event would cost more than the event. */
const WRITE_MS = 5_000;

/**
 * The visitor in memory and in the storage, which other tabs write to as well.
 *
 * `localStorage` has no transactions, and its `storage` event arrives late, or never while the page is in the back/forward cache. Therefore each
 * write reads first: a tab that missed a `reset` in another tab must not undo it.
 */
export class PageVisitor implements Visitor, SessionPlace {
  readonly session$: Observable<Session>;
  readonly #options: PageVisitorOptions;
  readonly #writeMs: number;
  readonly #sessions = new HotSubject<Session>();
  readonly #subscription = new Subscription();
  #state: StoredVisitor;
  #consent: ConsentState = 'unknown';
  /** The time of the last event, as it is stored. */
  #storedAt = -Infinity;
  /** The last write failed, so that the storage has an older visitor. */
  #isDetached = false;
  /** Calls of `identify` and `reset` before consent is granted: applied to the stored visitor when it can be read. */
  #later: { readonly isReset: boolean; readonly userId: string | undefined } | undefined;

  constructor(options: PageVisitorOptions) {
    this.#options = options;
    this.#writeMs = Math.min(WRITE_MS, options.sessionIdleMs / 10);
    this.#state = this.#newVisitor(options.anonymousId);
    this.session$ = defer(() => this.#sessions.pipe(startWith(this.session)));
    this.#joinPath();
    this.#followConsent();
    this.#followOtherTabs();
    options.kernel.onComplete(() => {
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

  /** The session's id, which the collector reads. */
  get id(): string {
    return this.session.id;
  }

  identify(userId: string, traits?: Readonly<Record<string, unknown>>): CollectOutcome {
    checkArgument('userId', userId, aNonEmptyString);
    if (traits !== undefined) checkArgument('traits', traits, anObject);
    if (this.#isAllowed) this.#read();
    else this.#later = { isReset: false, ...this.#later, userId };
    this.#become({ ...this.#state, userId });
    this.#store();
    const data = { userId, anonymousId: this.anonymousId, ...(traits !== undefined && { traits }) };
    return this.#collect({ type: 'user_identified', category: 'usage', data });
  }

  reset(): void {
    if (!this.#isAllowed) this.#later = { isReset: true, userId: undefined };
    this.#become(this.#newVisitor(), true);
  }

  unsubscribe(): void {
    if (this.#subscription.closed) return;
    if (this.#state.activeAt !== this.#storedAt) {
      if (this.#isAllowed) this.#read();
      this.#store();
    }
    this.#subscription.unsubscribe();
  }

  renew(now: number): string {
    // The session of a visitor who denies consent begins when consent is granted.
    if (this.#consent !== 'denied') this.#renew(now);
    return this.id;
  }

  #renew(now: number): void {
    const isDue = Math.abs(now - this.#storedAt) >= this.#writeMs;
    if (this.#isAllowed && (!this.#state.hasBegun || isDue)) this.#read();
    const { session } = this.#state;
    if (!this.#state.hasBegun) this.#state = { ...this.#state, session: { ...session, startedAt: now } };
    else if (this.#isOver(now)) {
      const next = { id: this.#options.kernel.newId(), previousId: session.id, startedAt: now };
      // Stored before `session$` emits: events that its observers collect read the storage.
      this.#become({ ...this.#state, session: next, activeAt: now, hasBegun: false }, true);
    }
    // An observer's event may have begun the session meanwhile.
    const { hasBegun } = this.#state;
    this.#state = { ...this.#state, activeAt: now, hasBegun: true };
    if (!hasBegun) {
      this.#store();
      const { previousId } = this.session;
      const data = { feature: 'session', action: 'start', success: true, ...(previousId !== undefined && { previousId }) };
      this.#collect({ type: 'session_started', data });
    } else if (Math.abs(now - this.#storedAt) >= this.#writeMs) this.#store();
  }

  /** Compares absolute differences: a clock that was set back must not prolong a session. */
  #isOver(now: number): boolean {
    const { sessionIdleMs, sessionMaxMs } = this.#options;
    const { session, activeAt } = this.#state;
    return Math.abs(now - activeAt) >= sessionIdleMs || Math.abs(now - session.startedAt) >= sessionMaxMs;
  }

  get #isAllowed(): boolean {
    return this.#consent === 'granted' && !this.#subscription.closed;
  }

  #newVisitor(anonymousId?: string): StoredVisitor {
    const { newId, scheduler } = this.#options.kernel;
    const now = scheduler.now();
    const session = { id: newId(), previousId: undefined, startedAt: now };
    return { anonymousId: anonymousId ?? newId(), userId: undefined, session, activeAt: now, hasBegun: false };
  }

  #become(state: StoredVisitor, isStored = false): void {
    const before = this.id;
    this.#state = state;
    this.#options.kernel.processor.expireMetadata();
    if (isStored) this.#store();
    if (this.id !== before) this.#sessions.next(this.session);
  }

  #collect(event: { readonly type: string; readonly category?: 'usage'; readonly data: unknown }): CollectOutcome {
    return this.#options.kernel.admission.collect(event);
  }

  /** Adds the visitor's metadata and session to events, until it is unsubscribed. */
  #joinPath(): void {
    const { processor, facts } = this.#options.kernel;
    const { extendMetadata } = processor;
    const { metadata } = facts;
    const identify = (base: Parameters<typeof mergeMetadata>[0]): ReturnType<typeof mergeMetadata> => {
      const { anonymousId, userId } = this;
      return mergeMetadata(base, { anonymousId, userId });
    };
    processor.extendMetadata = (base) => extendMetadata?.(identify(base)) ?? identify(base);
    facts.metadata = () => mergeMetadata(identify({}), metadata?.());
    processor.session = this;
    this.#subscription.add(() => {
      processor.extendMetadata = extendMetadata;
      facts.metadata = metadata;
      processor.session = undefined;
      processor.expireMetadata();
      this.#sessions.complete();
    });
  }

  #followConsent(): void {
    const { consent } = this.#options.kernel.admission;
    if (consent === undefined) {
      this.#onConsent('granted');
      return;
    }
    consent.onChange = () => {
      this.#onConsent(consent.state);
    };
    this.#subscription.add(() => {
      consent.onChange = undefined;
    });
    this.#onConsent(consent.state);
  }

  #onConsent(consent: ConsentState): void {
    const { storage, key } = this.#options;
    const before = this.#consent;
    this.#consent = consent;
    if (consent === 'denied') {
      tryGet(() => storage?.removeItem(key));
      if (before === 'denied') return;
      this.#later = undefined;
      this.#become(this.#newVisitor());
    } else if (consent === 'granted' && before !== 'granted') {
      const later = this.#later;
      this.#later = undefined;
      if (later?.isReset !== true) this.#read();
      const userId = later?.userId ?? this.userId;
      if (later !== undefined) this.#become({ ...this.#state, userId }, true);
    }
  }

  #followOtherTabs(): void {
    const { window, key } = this.#options;
    if (window === undefined) return;
    const onStorage = (event: Event): void => {
      const { key: changed } = event as StorageEvent;
      // `null`: everything was removed.
      if (changed === key || changed === null) this.#followStorage();
    };
    const onShow = (event: Event): void => {
      // The page was in the back/forward cache, where it may have missed changes.
      if ((event as PageTransitionEvent).persisted) this.#followStorage();
    };
    this.#subscription.add(listen(window, 'storage', onStorage));
    this.#subscription.add(listen(window, 'pageshow', onShow));
  }

  /** Must not write: two versions of this library that can't read each other's format would trigger each other endlessly. */
  #followStorage(): void {
    if (!this.#isAllowed || this.#isDetached) return;
    const { storage, key } = this.#options;
    const text = tryGet(() => storage?.getItem(key));
    // Deleted, such as by a denial of consent in another tab.
    if (text === null) this.#become(this.#newVisitor());
    const stored = readVisitor(text);
    if (stored !== undefined) this.#adopt(stored);
  }

  /** Continues with the visitor and the session that are stored; stores its own if there are none. */
  #read(): void {
    const { storage, key } = this.#options;
    const stored = this.#isDetached ? undefined : readVisitor(tryGet(() => storage?.getItem(key)));
    if (stored === undefined) this.#store();
    else this.#adopt(stored);
  }

  #adopt(stored: StoredVisitor): void {
    const { session, activeAt, hasBegun } = this.#state;
    this.#storedAt = stored.activeAt;
    const isSame = stored.session.id === session.id;
    // The stored state of the same session may be some seconds old.
    this.#become(isSame ? { ...stored, activeAt: Math.max(activeAt, stored.activeAt), hasBegun: hasBegun || stored.hasBegun } : stored);
  }

  #store(): void {
    if (!this.#isAllowed) return;
    const { storage, key } = this.#options;
    this.#storedAt = this.#state.activeAt;
    const write = (): boolean => {
      storage?.setItem(key, visitorText(this.#state));
      return true;
    };
    this.#isDetached = tryGet(write) !== true;
    // Full or blocked: the visitor continues in memory, and the next page must not continue with an older one.
    if (this.#isDetached) tryGet(() => storage?.removeItem(key));
  }
}
