import type { Observable } from 'rxjs';
import type { CollectOutcome } from '../ledger/ledger.js';
import type { Session } from './stored-visitor.js';

/** The visitor of a page, made by `withVisitor`. */
export interface Visitor {
  /** Random; the same on every page of the site, in every tab, until `reset`. In the metadata of every event. */
  readonly anonymousId: string;
  /** Set by `identify`. In the metadata of every event. */
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
  /** Later events have the collector's own session again, and no visitor. The stored visitor is kept. */
  unsubscribe(): void;
}
