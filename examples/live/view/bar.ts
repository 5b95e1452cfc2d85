/** A bar that is filled by a share from 0 to 1. */
export function bar(share: number, width: number): string {
  const length = Math.max(0, width);
  const filled = Math.round(Math.min(1, Math.max(0, share)) * length);
  return '█'.repeat(filled) + '░'.repeat(length - filled);
}
