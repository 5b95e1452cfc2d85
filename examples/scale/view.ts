import type { LaneStats } from 'rx-event-collector';
import type { Role } from './role.js';

const KEYS = ['offered', 'recovered', 'delivered', 'failed', 'dropped', 'kept', 'pending'] as const satisfies readonly (keyof LaneStats)[];

/** The ledgers of both sides: a line for each process, since its last start. */
export function ledgers(roles: readonly Role[]): string[] {
  return roles.map(({ name, report, kills }) => {
    const lanes = Object.values(report?.stats.sinks ?? {});
    const counts = KEYS.map((key) => `${key} ${sum(lanes, key)}`).join('  ');
    return `${name.padEnd(10)} ${counts}${kills > 0 ? `  (killed ${String(kills)} ×)` : ''}`;
  });
}

function sum(lanes: readonly LaneStats[], key: (typeof KEYS)[number]): string {
  return lanes.reduce((total, lane) => total + lane[key], 0).toLocaleString('en');
}

/** Replaces its lines in a terminal. Elsewhere it prints nothing, because later lines contain the same. */
export function liveView(terminal: NodeJS.WriteStream, lines: () => readonly string[]): () => void {
  if (!terminal.isTTY) return () => undefined;
  let height = 0;
  const draw = (): void => {
    const text = lines();
    terminal.write(`${height > 0 ? `\u001B[${String(height)}A` : ''}${text.map((line) => `\u001B[2K${line}\n`).join('')}`);
    height = text.length;
  };
  const timer = setInterval(draw, 250);
  return () => {
    clearInterval(timer);
    draw();
  };
}
