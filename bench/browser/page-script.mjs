/** A value in every event's payload, which the server counts. */
export const MARK = 'bench-mark-7f3a';

/** Runs in the page: prepares everything that isn't the SDK's work. */
export function prepare({ script, origin, mark, events }) {
  const element = document.createElement('script');
  element.textContent = script;
  const inputs = Array.from({ length: events }, (_, index) => ({
    feature: 'search',
    action: `open result ${String(index % 10)}`,
    success: true,
    mark,
    durationMs: index,
  }));
  globalThis.prepared = { element, origin, inputs };
}

/**
 * Runs in the page: evaluates the bundle, starts the SDK, and collects the events. Returns milliseconds of synchronous work by phase.
 *
 * An inline script is parsed, compiled and run when it is attached.
 */
export function runPhases() {
  const { element, origin, inputs } = globalThis.prepared;
  const begin = performance.now();
  document.head.append(element);
  const evaluated = performance.now();
  const running = globalThis.bench.start(origin);
  const started = performance.now();
  running.collect('feature_used', inputs[0]);
  const first = performance.now();
  for (let index = 1; index < inputs.length; index += 1) running.collect('feature_used', inputs[index]);
  const end = performance.now();
  globalThis.running = running;
  return { evaluate: evaluated - begin, start: started - evaluated, first: first - started, more: end - first };
}

/** Runs in the page: sends what is gathered, or has it sent. */
export const flush = () => void globalThis.running.flush();
