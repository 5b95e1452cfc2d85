import type { DecodeFault } from '../codecs/decode-faults.js';

/** What stands in an event's place: a value yet to be decoded, or what is wrong with it already. */
export type BodyItem =
  | {
      readonly value: unknown;
      /** By what it is known again, where its id alone is not enough. */
      readonly key?: string | undefined;
      readonly faults?: undefined;
    }
  | { readonly value?: undefined; readonly key?: undefined; readonly faults: readonly DecodeFault[] };
