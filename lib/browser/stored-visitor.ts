import { isNonEmptyString, isObject } from '../internal/check-option.js';
import { tryGet } from '../internal/try-get.js';

/** A visit: events of one visitor with no long pause between them. */
export interface Session {
  readonly id: string;
  /** The session of the same visitor before this one. */
  readonly previousId: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** The stored state of a visitor. */
export interface StoredVisitor {
  readonly anonymousId: string;
  readonly userId: string | undefined;
  readonly session: Session;
  /** When the last event of the session was collected. */
  readonly activeAt: number;
  /** Whether the session has begun with an event. */
  readonly hasBegun: boolean;
}

/** A stored visitor in another format is ignored and replaced. */
const FORMAT = 1;

export const visitorText = (visitor: StoredVisitor): string => JSON.stringify({ format: FORMAT, ...visitor });

/** `undefined` for anything but a stored visitor: other scripts of the page write to the same storage. */
export function readVisitor(text: string | null | undefined): StoredVisitor | undefined {
  return tryGet(() => {
    const stored: unknown = JSON.parse(text ?? 'null');
    if (!isObject(stored) || stored.format !== FORMAT || !isNonEmptyString(stored.anonymousId) || !isObject(stored.session))
      return undefined;
    const { anonymousId, userId, session, activeAt, hasBegun } = stored;
    const { id, previousId, startedAt } = session;
    if (!isNonEmptyString(id) || !Number.isFinite(startedAt) || !Number.isFinite(activeAt)) return undefined;
    return {
      anonymousId,
      userId: isNonEmptyString(userId) ? userId : undefined,
      session: { id, previousId: isNonEmptyString(previousId) ? previousId : undefined, startedAt: startedAt as number },
      activeAt: activeAt as number,
      hasBegun: hasBegun === true,
    };
  });
}
