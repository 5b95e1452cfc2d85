export { batchCodec } from './batch-codec.js';
export { configCodec } from './config-codec.js';
export { eventCodec } from './event-codec.js';
export { businessDataCodec, errorDataCodec, performanceDataCodec, usageDataCodec } from './payload-codecs.js';

export { trackingPlan, type PlanEvents, type PlannedEvents, type TrackingPlan, type TrackingPlanOptions } from './tracking-plan.js';
export type { PlannedEvent } from './planned-event.js';

export { decodeEvents, type DecodeEventsOptions } from './decode-events.js';
export { decode, DecodeError, isDecodeError } from './decode.js';
export { decodeFaults, type DecodeFault } from './decode-faults.js';
export { formatErrors } from './format-errors.js';

export { decodeConfig } from './decode-config.js';
export { configFromEnv } from './config-from-env.js';
