import {
  constants,
  monitorEventLoopDelay,
  PerformanceObserver,
  type PerformanceEntry,
  type NodeGCPerformanceDetail,
} from 'node:perf_hooks';
import { defer, finalize, map, merge, mergeMap, Observable, timer } from 'rxjs';
import type { EventInput } from 'rx-event-collector';
import { fileChanges } from './file-changes.js';

const FIRST_MS = 100;
const EVERY_MS = 1_000;

/** Measurements of this process and changes in a folder, as events, without end. */
export function machineSource(folder: string, isOwn: (path: string) => boolean): Observable<EventInput> {
  return merge(
    measurements(),
    garbageCollections(),
    fileChanges(folder, isOwn).pipe(map((data): EventInput => ({ type: 'file_changed', category: 'custom', data }))),
  );
}

/** Memory, CPU and event-loop delay, once a second. */
function measurements(): Observable<EventInput> {
  return defer(() => {
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    let cpu = process.cpuUsage();
    let measuredAt = performance.now();
    return timer(FIRST_MS, EVERY_MS).pipe(
      mergeMap(() => {
        const { user, system } = process.cpuUsage(cpu);
        const elapsedMs = performance.now() - measuredAt;
        cpu = process.cpuUsage();
        measuredAt = performance.now();
        const { rss, heapUsed } = process.memoryUsage();
        const [p99, max] = [delay.percentile(99), delay.max];
        delay.reset();
        return [
          measurement('memory_usage', 'rss', rss, 'bytes', { heapUsed }),
          measurement('cpu_usage', 'process', (user + system) / elapsedMs / 10, 'percent', { user, system }),
          measurement('event_loop_delay', 'p99', p99 / 1e6, 'ms', { max: max / 1e6 }),
        ];
      }),
      finalize(() => {
        delay.disable();
      }),
    );
  });
}

function garbageCollections(): Observable<EventInput> {
  return new Observable((subscriber) => {
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { kind } = (entry as PerformanceEntry & { readonly detail: NodeGCPerformanceDetail }).detail;
        subscriber.next(measurement('garbage_collection', KINDS[kind] ?? 'other', entry.duration, 'ms', {}));
      }
    });
    observer.observe({ entryTypes: ['gc'] });
    return () => {
      observer.disconnect();
    };
  });
}

const KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak callbacks',
};

function measurement(type: string, metric: string, value: number, unit: string, tags: Readonly<Record<string, number>>): EventInput {
  return { type, category: 'performance', data: { metric, value, unit, tags } };
}
