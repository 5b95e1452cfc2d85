import type { Either } from 'fp-ts/lib/Either.js';
import type { Decoder, Errors, Type } from 'io-ts';

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

// Types that appear in signatures. If a package manager hides fp-ts and io-ts, declaration files of users can name these types only through this entry.
export type { Decoder, Either, Errors, Type };
