/** Puts items into lines of at most `width`, in order; a wider one gets its own line. */
export function packed<T>(items: readonly T[], widthOf: (item: T) => number, width: number, gap: number): readonly (readonly T[])[] {
  const lines: T[][] = [];
  let left = -Infinity;
  for (const item of items) {
    const needed = widthOf(item);
    if (gap + needed <= left) {
      lines.at(-1)?.push(item);
      left -= gap + needed;
    } else {
      lines.push([item]);
      left = width - needed;
    }
  }
  return lines;
}
