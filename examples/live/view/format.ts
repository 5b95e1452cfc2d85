const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** A count with its thousands grouped; shortened if that needs more than `width` characters. */
export function formatCount(count: number, width = Infinity): string {
  const grouped = GROUPED.format(count);
  return grouped.length <= width ? grouped : COMPACT.format(count);
}

export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${String(bytes)} B`;
  if (bytes < 999_950) return `${(bytes / 1_000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Minutes and seconds, or hours too: `0:07`, `1:02:03`. */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const two = (value: number): string => String(value % 60).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${String(minutes)}:${two(seconds)}` : `${String(Math.floor(minutes / 60))}:${two(minutes)}:${two(seconds)}`;
}

/** Per cent, with as many digits as a small share needs. */
export function formatShare(share: number): string {
  return `${String(Number((share * 100).toPrecision(3)))} %`;
}

/** The clock's time of an instant, in hours, minutes and seconds. */
export function formatTime(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}
