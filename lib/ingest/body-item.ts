import type { DecodeFault } from '../codecs/decode-faults.js';

/** One event of a body: a value to decode, or the faults already found. */
export type BodyItem =
  | {
      readonly value: unknown;
      /** Identifies the event if its id alone may not be unique. */
      readonly key?: string | undefined;
      /** An id for the event if its own is taken by an event with another key. */
      readonly uniqueId?: string | undefined;
      /** When the client sent the event, by the client's clock. Not checked yet. */
      readonly sentAt?: unknown;
      readonly faults?: undefined;
    }
  | {
      readonly value?: undefined;
      readonly key?: undefined;
      readonly uniqueId?: undefined;
      readonly sentAt?: undefined;
      readonly faults: readonly DecodeFault[];
    };
