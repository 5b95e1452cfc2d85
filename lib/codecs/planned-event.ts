import { isRight, map } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { OverrideConfig } from '../config/options.js';
import { EVENT_CATEGORIES } from '../event/categories.js';
import type { AnalyticsEvent, EventCategory, EventDefaults, EventPriority } from '../event/event.js';
import { EVENT_PRIORITIES } from '../event/priority.js';
import { aNonEmptyString, anObject, anything, checkArgument, oneOf } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { eventCodec } from './event-codec.js';
import { aCodec } from './expectations.js';
import { guarded } from './guarded.js';

/** One type of event in a plan. `enabled`, `sampling` and `minPriority` are those of a configuration's `overrides`. */
export interface PlannedEvent extends OverrideConfig {
  /** The codec of the payload. @default no payload */
  readonly data?: t.Mixed;
  /** The category of events without their own. @default that of the built-in type, or `'custom'` */
  readonly category?: EventCategory;
  /** The priority of events without their own. @default 'normal' */
  readonly priority?: EventPriority;
}

/** A planned event, prepared for validation. */
export interface ReadyEvent {
  /** The codec of the complete event. */
  readonly event: t.Type<AnalyticsEvent>;
  /** The codec of its `data` only. */
  readonly carrier: t.Type<{ readonly data: unknown }>;
  readonly defaults: EventDefaults;
  readonly override: OverrideConfig;
}

/** The keys of an override are checked by `resolveConfig`. */
const PLANNED = /* @__PURE__ */ optionsOf<PlannedEvent, keyof PlannedEvent>(() => ({
  data: [aCodec],
  category: [/* @__PURE__ */ oneOf(EVENT_CATEGORIES)],
  priority: [/* @__PURE__ */ oneOf(EVENT_PRIORITIES)],
  enabled: [anything],
  sampling: [anything],
  minPriority: [anything],
}));

/** @throws TypeError for an invalid name, codec, category or priority, and for an unknown key */
export function readyEvent(type: string, planned: PlannedEvent): ReadyEvent {
  checkArgument('type', type, aNonEmptyString);
  checkArgument(type, planned, anObject);
  PLANNED.parse(planned, { path: type });
  const { data = t.undefined, category, priority, ...override } = planned;
  const payload = encodedForm(data);
  const defaults: EventDefaults = { ...(category !== undefined && { category }), ...(priority !== undefined && { priority }) };
  return { event: eventCodec(payload, type), carrier: t.type({ data: payload }), defaults, override };
}

/** A codec for the output of another one: it decodes to the encoded form, which for most codecs is the value itself. */
function encodedForm(codec: t.Mixed): t.Type<unknown> {
  return guarded(
    codec.name,
    new t.ReadonlyType<t.Mixed, unknown>(
      codec.name,
      // Uses `decode`, as the receiver of an event does: a user's `is` may be more lenient than its `validate`.
      (value): value is unknown => isRight(codec.decode(value)),
      (value, context) => map(codec.encode)(codec.validate(value, context)),
      t.identity,
      codec,
    ),
  );
}
