/** A value in every event's payload, which the server counts. */
export const MARK = 'bench-mark-7f3a';

/**
 * Runs in the page: evaluates the bundle, starts the SDK, and collects 100 events. Milliseconds of synchronous work by phase.
 *
 * An inline script evaluates synchronously when it is attached, parsing and compilation included.
 */
export function runPhases({ script, origin, mark, events }) {
  const element = document.createElement('script');
  element.textContent = script;
  const payload = (index) => ({ feature: 'search', action: `open result ${String(index % 10)}`, success: true, mark, durationMs: index });
  const inputs = Array.from({ length: events }, (_, index) => payload(index));

  const begin = performance.now();
  document.head.append(element);
  const evaluated = performance.now();
  globalThis.running = globalThis.bench.start(origin);
  const started = performance.now();
  globalThis.running.collect('feature_used', inputs[0]);
  const first = performance.now();
  for (let index = 1; index < events; index += 1) globalThis.running.collect('feature_used', inputs[index]);
  const end = performance.now();

  return { evaluate: evaluated - begin, start: started - evaluated, first: first - started, more: end - first, total: end - begin };
}

/** Runs in the page: sends what is gathered, or has it sent. */
export const flush = () => void globalThis.running.flush();
