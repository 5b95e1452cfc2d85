export { clickHouse, type ClickHouseOptions } from './click-house.js';
export { elasticsearch, type ElasticsearchOptions } from './elasticsearch.js';
export { postHog, type PostHogOptions } from './post-hog.js';
export { segment, type SegmentOptions } from './segment.js';
export type { UserIds, UserOf } from './user-ids.js';
export type { VendorPreset } from './vendor-preset.js';
