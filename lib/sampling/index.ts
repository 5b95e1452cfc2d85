export { adaptive, type AdaptiveOptions } from './adaptive.js';
export { all } from './all.js';
export { byType } from './by-type.js';
export { consistent, type ConsistentOptions } from './consistent.js';
export { everything } from './everything.js';
export { keepIf } from './keep-if.js';
export { minPerWindow, type MinPerWindowOptions } from './min-per-window.js';
export { rate } from './rate.js';
export { rateLimit, type RateLimitOptions } from './rate-limit.js';
