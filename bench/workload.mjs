/** Events per batch, for every pipeline under test. */
export const BATCH = 100;

/** Input events: four types from three categories, all kept by the default configuration. */
export const INPUTS = Array.from({ length: 1024 }, (_, index) => ({
  type: ['feature_used', 'mission_created', 'tokens_consumed', 'error_occurred'][index % 4],
  data: { feature: 'search', action: `open result ${index % 10}`, success: true, user: `user-${index % 100}`, durationMs: index },
}));

/** The number of inputs is a power of two: `index & MASK` wraps around. */
export const MASK = INPUTS.length - 1;
