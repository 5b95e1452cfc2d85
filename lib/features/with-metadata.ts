import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature } from '../collector/kernel.js';
import type { AnalyticsEvent, EventMetadata } from '../event/event.js';
import { mergeMetadata } from '../event/merge-metadata.js';
import { anObject, checkArgument, isFunction, isObject } from '../internal/check-option.js';
import { fillOnce } from './fill-once.js';

/** The members that `withMetadata` adds. */
export interface WithMetadata {
  /**
   * Sets metadata for later events, merged into the metadata set before; `undefined` removes a key. An event's own metadata takes precedence.
   *
   * @throws TypeError for anything but an object
   */
  setMetadata(patch: EventMetadata): void;
}

/**
 * Adds metadata to every event. Precedence, from lowest to highest: environment, `metadata`, `setMetadata`, the event's own metadata.
 *
 * @param metadata an object, or a function that is called for every event; if it throws, the event continues without it
 * @throws TypeError for anything else
 * @example
 * const collector = createCollector({ sinks: [] }, withMetadata({ appVersion: '1.2.0' }));
 * const seen: unknown[] = [];
 * collector.events$.subscribe(({ metadata }) => seen.push(metadata.appVersion));
 * collector.track('a');
 * collector.setMetadata({ appVersion: '1.3.0' });
 * collector.track('b');
 * expect(seen).to.deep.equal(['1.2.0', '1.3.0']);
 */
export function withMetadata<E extends AnalyticsEvent = AnalyticsEvent>(
  metadata?: EventMetadata | (() => EventMetadata),
): CollectorFeature<WithMetadata, E> {
  if (metadata !== undefined) checkArgument('metadata', metadata, METADATA);
  return kernelFeature((kernel) => {
    const { recorder, processor, facts } = kernel;
    fillOnce(processor.extendMetadata !== undefined, 'withMetadata');
    const merged = (base: EventMetadata, patch: () => EventMetadata | undefined): EventMetadata => {
      try {
        return mergeMetadata(base, patch());
      } catch (error) {
        // The event continues without this metadata.
        recorder.diagnostics?.callbackError('metadata', error);
        return base;
      }
    };
    const own = typeof metadata === 'function' ? undefined : merged({}, () => metadata);
    const read = typeof metadata === 'function' ? metadata : () => own;
    let patch: EventMetadata = {};
    processor.isMetadataPerEvent = typeof metadata === 'function';
    processor.extendMetadata = (base) => mergeMetadata(merged(base, read), patch);
    facts.metadata = () => mergeMetadata(own ?? {}, patch);
    return {
      setMetadata(given) {
        checkArgument('metadata', given, anObject);
        // `mergeMetadata` ignores `undefined`; here it removes a key.
        patch = Object.fromEntries(Object.entries({ ...patch, ...given }).filter(([, value]) => value !== undefined));
        processor.expireMetadata();
      },
    };
  });
}

const METADATA = { expected: 'an object or a function', accepts: (value: unknown) => isFunction(value) || isObject(value) };
