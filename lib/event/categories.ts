import type { EventCategory } from './event.js';

/** The built-in types, by their default category. */
const BUILT_IN = {
  usage:
    'session_started session_ended mission_created mission_completed mission_failed mission_cancelled command_executed feature_used backend_selected tool_invoked',
  performance: 'response_latency memory_usage cpu_usage disk_usage network_latency cache_hit cache_miss',
  error: 'error_occurred warning_raised panic_caught validation_failed timeout_occurred retry_attempted',
  business: 'tokens_consumed cost_incurred quota_checked budget_alerted',
  security: 'auth_attempted permission_denied sensitive_data_accessed',
  system: 'config_changed plugin_loaded plugin_unloaded update_available system_started system_shutdown',
  custom: '',
} as const satisfies Record<EventCategory, string>;

/** An event type with a default category other than `'custom'`. */
export type BuiltInEventType = Exclude<Words<(typeof BUILT_IN)[EventCategory]>, ''>;

type Words<S extends string> = S extends `${infer First} ${infer Rest}` ? First | Words<Rest> : S;

/** All categories. */
export const EVENT_CATEGORIES = /* @__PURE__ */ Object.keys(BUILT_IN) as readonly EventCategory[];

const PAIRS = /* @__PURE__ */ EVENT_CATEGORIES.flatMap((category) =>
  BUILT_IN[category].split(' ').map((type) => [type, category] as const),
);

// A Map rather than an object: an event may have the type 'constructor'. The keys pass through an object, because engines intern property names:
// a lookup then compares pointers, whereas slices of a longer string are compared character by character (10 ns an event). Each call is marked as
// pure: a bundler keeps the arguments of a pure call.
const CATEGORY_OF: ReadonlyMap<string, EventCategory> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.entries(/* @__PURE__ */ Object.fromEntries(PAIRS)),
);

/** The default category of an event type: `'custom'` unless the type is built in. */
export function categoryOf(type: string): EventCategory {
  return CATEGORY_OF.get(type) ?? 'custom';
}

export function isCategory(value: unknown): value is EventCategory {
  return typeof value === 'string' && (EVENT_CATEGORIES as readonly string[]).includes(value);
}
