import { isConstant } from '../internal/text-json.js';
import { anyValueJson, keyJson, withWellFormedKeys } from './any-value.js';
import { TRACE_KEYS, traceJson } from './trace-context.js';
import { userJson, USER_ATTRIBUTES } from './user.js';

/** The parts that an event's metadata adds to its record. */
export interface MetadataJson {
  readonly metadata: unknown;
  /** `KeyValue`s, each preceded by a comma. */
  readonly attributes: string;
  /** Additional fields of the record, each preceded by a comma. */
  readonly fields: string;
}

/** Attributes that the encoder sets itself. Metadata with these names is left out: attributes must be unique. */
const TAKEN: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'log.record.uid',
  'session.id',
  'session.previous_id',
  'sampler.adjusted_count',
  'rx_event_collector.category',
  'rx_event_collector.priority',
  'rx_event_collector.weight',
]);

/**
 * Writes metadata as attributes, with a cache of the last result: events without their own metadata share one frozen object.
 *
 * @param hasUser whether `userId` and `anonymousId` of the metadata are the user's ids; otherwise they are ordinary attributes
 */
export function metadataWriter(hasUser: boolean): (metadata: unknown) => MetadataJson {
  let last: MetadataJson = { metadata: undefined, attributes: '', fields: '' };
  let isFinal = false;
  return (metadata) => {
    if (isFinal && last.metadata === metadata) return last;
    const isRepeated = last.metadata === metadata;
    last = metadataJson(metadata, hasUser);
    isFinal = isRepeated && typeof metadata === 'object' && metadata !== null && isConstant(metadata);
    return last;
  };
}

function metadataJson(metadata: unknown, hasUser: boolean): MetadataJson {
  if (typeof metadata !== 'object' || metadata === null) return { metadata, attributes: '', fields: '' };
  let attributes = '';
  let dropped = 0;
  let hasTrace = false;
  let hasIds = false;
  for (const key of Object.keys(metadata)) {
    if (TRACE_KEYS.has(key)) hasTrace = true;
    else if (hasUser && USER_ATTRIBUTES.has(key)) hasIds = true;
    else if (key === '' || TAKEN.has(key)) dropped += 1;
    else {
      const start = keyJson(key);
      if (start === undefined) return { ...metadataJson(withWellFormedKeys(metadata), hasUser), metadata };
      const value = anyValueJson(metadata[key as keyof typeof metadata]);
      if (value !== undefined) attributes += `,${start}${value}}`;
    }
  }
  return {
    metadata,
    attributes: hasIds ? `${attributes}${userJson(metadata, metadata)}` : attributes,
    fields: `${dropped === 0 ? '' : `,"droppedAttributesCount":${String(dropped)}`}${hasTrace ? traceJson({ ...metadata }) : ''}`,
  };
}
