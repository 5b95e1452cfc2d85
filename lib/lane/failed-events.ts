/**
 * Which events of a batch failed, when a sink names them in its error: the same objects, or ones with the same ids.
 *
 * All of them, when it names none, or none of these: such a sink is not believed to have delivered the rest.
 */
export function failedEvents<E>(events: readonly E[], named: readonly unknown[] | undefined): readonly E[] {
  if (!Array.isArray(named)) return events;
  const objects = new Set<unknown>(named);
  const ids = new Set(named.map(idOf));
  const failed = events.filter((event) => objects.has(event) || (idOf(event) !== undefined && ids.has(idOf(event))));
  return failed.length === 0 && named.length > 0 ? events : failed;
}

function idOf(event: unknown): unknown {
  try {
    return typeof event === 'object' && event !== null ? (event as { readonly id?: unknown }).id : undefined;
  } catch {
    // What can't be read names nothing.
    return undefined;
  }
}
