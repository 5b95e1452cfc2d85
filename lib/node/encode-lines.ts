/** Encodes events as lines. An event without a JSON form fails alone. */
export function encodeLines<E>(events: readonly E[]): { readonly lines: string; readonly failed: readonly E[]; readonly cause: unknown } {
  let lines = '';
  let cause: unknown;
  const failed: E[] = [];
  for (const event of events) {
    try {
      const line = JSON.stringify(event) as string | undefined;
      if (line === undefined) throw new TypeError('Expected an event that has a JSON form');
      lines += `${line}\n`;
    } catch (error) {
      if (failed.push(event) === 1) cause = error;
    }
  }
  return { lines, failed, cause };
}
