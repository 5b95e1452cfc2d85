/**
 * The events of a batch that a sink's error names in `failed`.
 *
 * Returns all events if the error names no event of the batch: the sink may not have delivered the others.
 */
export function failedEvents<E>(events: readonly E[], named: readonly unknown[] | undefined): readonly E[] {
  const failed = namedEvents(events, named);
  return failed.length === 0 && named?.length !== 0 ? events : failed;
}

/** The events that a sink names, by the same objects, by objects with the same ids, or by their ids. */
export function namedEvents<E>(events: readonly E[], named: readonly unknown[] | undefined): readonly E[] {
  if (!Array.isArray(named)) return [];
  const objects = new Set<unknown>(named);
  const ids = new Set(named.map(idOf));
  return events.filter((event) => objects.has(event) || (idOf(event) !== undefined && (ids.has(idOf(event)) || objects.has(idOf(event)))));
}

function idOf(event: unknown): unknown {
  try {
    return typeof event === 'object' && event !== null ? (event as { readonly id?: unknown }).id : undefined;
  } catch {
    // An entry that can't be read names no event.
    return undefined;
  }
}
