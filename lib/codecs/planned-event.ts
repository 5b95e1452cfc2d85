import { isRight, map } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { OverrideConfig } from '../config/options.js';
import { EVENT_CATEGORIES } from '../event/categories.js';
import type { AnalyticsEvent, EventCategory, EventDefaults, EventPriority } from '../event/event.js';
import { EVENT_PRIORITIES } from '../event/priority.js';
import { aNonEmptyString, checkArgument, oneOf } from '../internal/check-option.js';
import { eventCodec } from './event-codec.js';
import { aCodec, anObject } from './expectations.js';
import { guarded } from './guarded.js';

/** What a plan says of one type of event; `enabled`, `sampling` and `minPriority` as in a configuration's `overrides`. */
export interface PlannedEvent extends OverrideConfig {
  /** The payload's codec. @default there is no payload */
  readonly data?: t.Mixed;
  /** For events that don't name one themselves. @default that of the type, `'custom'` for one that isn't built in */
  readonly category?: EventCategory;
  /** For events that don't name one themselves. @default 'normal' */
  readonly priority?: EventPriority;
}

/** What a plan works with. */
export interface ReadyEvent {
  /** Of the whole event. */
  readonly event: t.Type<AnalyticsEvent>;
  /** Of its `data` alone. */
  readonly carrier: t.Type<{ readonly data: unknown }>;
  readonly defaults: EventDefaults;
  readonly override: OverrideConfig;
}

/** @throws TypeError for a name, codec, category or priority that is none */
export function readyEvent(type: string, planned: PlannedEvent): ReadyEvent {
  checkArgument('type', type, aNonEmptyString);
  checkArgument(type, planned, anObject);
  const { data = t.undefined, category, priority, ...override } = planned;
  checkArgument(`${type}.data`, data, aCodec);
  if (category !== undefined) checkArgument(`${type}.category`, category, oneOf(EVENT_CATEGORIES));
  if (priority !== undefined) checkArgument(`${type}.priority`, priority, oneOf(EVENT_PRIORITIES));
  const payload = encodedForm(data);
  const defaults: EventDefaults = { ...(category !== undefined && { category }), ...(priority !== undefined && { priority }) };
  return { event: eventCodec(payload, type), carrier: t.type({ data: payload }), defaults, override };
}

/** The codec of what another one encodes to: it decodes to the encoded form, which for most is the value itself. */
function encodedForm(codec: t.Mixed): t.Type<unknown> {
  return guarded(
    codec.name,
    new t.ReadonlyType<t.Mixed, unknown>(
      codec.name,
      // By `decode` alone: `is` of a user's codec may let pass what its `validate` doesn't, and whoever receives an event decodes it.
      (value): value is unknown => isRight(codec.decode(value)),
      (value, context) => map(codec.encode)(codec.validate(value, context)),
      t.identity,
      codec,
    ),
  );
}
