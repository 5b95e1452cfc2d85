import { isPlatformBrowser } from '@angular/common';
import { inject, InjectionToken, NgZone, PLATFORM_ID } from '@angular/core';
import type { Visitor } from '../browser/visitor.js';
import { withVisitor as addVisitor, type VisitorOptions } from '../browser/with-visitor.js';
import { checkArgument } from '../internal/check-option.js';
import { atStart } from './at-start.js';
import { COLLECTOR } from './collector-token.js';
import type { EventCollectorFeature } from './event-collector-feature.js';
import { FEATURE_CONSENT } from './feature-consent.js';
import { outsideOf, subscribeOutside, type Outside } from './outside.js';
import { OPTIONS_OR_FUNCTION } from './provided-collector.js';

const VISITOR = /* @__PURE__ */ new InjectionToken<Visitor | undefined>('rx-event-collector visitor');

/**
 * Adds a visitor and sessions to the collector's events while the application runs, as `withVisitor` of `rx-event-collector/browser` does. Inject
 * the visitor with `injectVisitor`.
 *
 * On a server it does nothing: all requests would share the visitor. A server that knows its visitor adds the id to its own events, and can hand
 * it over: set it in `TransferState`, and return it as `anonymousId` from a function of options.
 *
 * @param options a function is called in the injection context, in the browser only
 * @throws TypeError for an invalid or unknown option, when the application starts
 */
export function withVisitor(options: VisitorOptions | (() => VisitorOptions) = {}): EventCollectorFeature {
  checkArgument('options', options, OPTIONS_OR_FUNCTION);
  return atStart(VISITOR, () => {
    if (!isPlatformBrowser(inject(PLATFORM_ID))) return undefined;

    const given = typeof options === 'function' ? options() : options;
    const collector = inject(COLLECTOR);
    const outside = outsideOf(inject(NgZone));
    const visitor = outside(() => addVisitor(collector, given));
    return outsideZone(visitor, outside, inject(FEATURE_CONSENT, { optional: true, self: true })?.read);
  });
}

/**
 * The visitor of `withVisitor`; `undefined` on a server.
 *
 * @throws NG0201 without the feature, NG0203 outside an injection context
 */
export const injectVisitor = (): Visitor | undefined => inject(VISITOR);

/** The same visitor, but its work, such as an event's delivery, runs outside Angular's zone. */
function outsideZone(visitor: Visitor, outside: Outside, beforeCollect: (() => void) | undefined): Visitor {
  return {
    get anonymousId() {
      return visitor.anonymousId;
    },
    get userId() {
      return visitor.userId;
    },
    get session() {
      return visitor.session;
    },
    session$: subscribeOutside(visitor.session$, outside),
    identify: (userId, traits) =>
      outside(() => {
        beforeCollect?.();
        return visitor.identify(userId, traits);
      }),
    reset: () => {
      outside(() => {
        visitor.reset();
      });
    },
    unsubscribe: () => {
      outside(() => {
        visitor.unsubscribe();
      });
    },
  };
}
