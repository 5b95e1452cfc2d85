/** Every pipeline under test hands over at so many events. */
export const BATCH = 100;

/** What an application knows of an event; four types from three categories, all of which the default configuration keeps. */
export const INPUTS = Array.from({ length: 1024 }, (_, index) => ({
  type: ['feature_used', 'mission_created', 'tokens_consumed', 'error_occurred'][index % 4],
  data: { feature: 'search', action: `open result ${index % 10}`, success: true, user: `user-${index % 100}`, durationMs: index },
}));

/** A power of two, so that an index wraps by a mask. */
export const MASK = INPUTS.length - 1;
