import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature } from '../collector/kernel.js';
import type { AnalyticsEvent } from '../event/event.js';
import { anInteger, checkArgument } from '../internal/check-option.js';
import { jsonBytes } from '../internal/json-bytes.js';
import { fillOnce } from './fill-once.js';

/**
 * Limits the bytes of a batch: exact UTF-8 bytes of the JSON array of its events. A single event above the limit is dropped as `'too_large'`; an
 * event without a JSON form is `'invalid'`.
 *
 * @param maxBytes @default Infinity: only `batch.maxBytes` of the configuration applies
 * @throws TypeError for an invalid limit
 */
export function withByteLimit<E extends AnalyticsEvent = AnalyticsEvent>(maxBytes = Infinity): CollectorFeature<void, E> {
  checkArgument('maxBytes', maxBytes, anInteger(BRACKETS, true));
  return kernelFeature((kernel) => {
    fillOnce(kernel.sizeOf !== undefined, 'withByteLimit');
    /** The last measured event and its size, which the batch reads next. */
    let measured: E | undefined;
    let bytes = 0;
    kernel.byteLimit = maxBytes;
    kernel.limits = { ...kernel.limits, maxBytes: Math.min(kernel.limits.maxBytes, maxBytes) };
    kernel.sizeOf = (event) => (event === measured ? bytes : jsonBytes(event));
    kernel.processor.addStep('measure', ({ reject }) => (event) => {
      const limit = kernel.limits.maxBytes;
      if (limit === Infinity) return event;
      try {
        bytes = jsonBytes(event);
        measured = event;
      } catch (error) {
        reject(event, 'invalid', error);
        return undefined;
      }
      if (bytes + BRACKETS <= limit) return event;
      reject(event, 'too_large');
      return undefined;
    });
  });
}

const BRACKETS = '[]'.length;
