const BARS = '▁▂▃▄▅▆▇█';

/** The latest values as bars, on a scale from 0 to the largest of them; missing values, on the left, are blank. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = width > 0 ? values.slice(-width) : [];
  const max = Math.max(...shown, Number.MIN_VALUE);
  return shown
    .map((value) => BARS[value <= 0 ? 0 : Math.ceil((value / max) * (BARS.length - 1))])
    .join('')
    .padStart(width);
}
