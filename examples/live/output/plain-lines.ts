import type { Output, Snapshot } from './output.js';
import { reportLines } from './report.js';

/** One line a second, and a report: where there is no terminal. */
export function plainLines(print: (line: string) => void): Output {
  return {
    follow(run) {
      print(`from  ${run.from}`);
      print(`to    ${run.to}`);
      if (run.page !== undefined) print(`page  ${run.page}`);
      return run.seconds$.subscribe(() => {
        print(progressLine(run.snapshot()));
      });
    },
    say: print,
    end(report) {
      for (const line of reportLines(report)) print(line);
    },
  };
}

function progressLine({ elapsedMs, stats, progress }: Snapshot): string {
  const seconds = `${String(Math.round(elapsedMs / 1_000)).padStart(4)} s`;
  const share = progress === undefined ? '' : ` (${String(percentOf(progress))} % read)`;
  const sinks = Object.entries(stats.sinks).map(([name, { delivered, pending, dropped, failed, breaker }]) =>
    [
      `${name}: ${String(delivered)} delivered`,
      `${String(pending)} pending`,
      ...(dropped > 0 ? [`${String(dropped)} dropped`] : []),
      ...(failed > 0 ? [`${String(failed)} failed`] : []),
      ...(breaker === 'open' || breaker === 'half-open' ? [`breaker ${breaker}`] : []),
    ].join(', '),
  );
  return [`${seconds}  ${String(stats.eventsReceived)} received, ${String(stats.eventsBuffered)} buffered${share}`, ...sinks].join(' · ');
}

function percentOf({ readBytes, totalBytes }: NonNullable<Snapshot['progress']>): number {
  return totalBytes === 0 ? 100 : Math.floor((readBytes / totalBytes) * 100);
}
