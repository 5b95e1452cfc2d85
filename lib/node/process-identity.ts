import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { tryGet } from '../internal/try-get.js';

/** What another process needs to find out whether this one still runs. */
export interface ProcessIdentity {
  readonly pid: number;
  /** The name of the machine or container. */
  readonly host: string;
  /** The machine's start, the same in all of its containers, where the system knows. */
  readonly boot?: string | undefined;
  /** The table of processes in which `pid` counts: each container has its own, where the system knows. */
  readonly table?: string | undefined;
  /** Start of the process in clock ticks since `boot`, where the system knows: a process id is used again. */
  readonly startedAt?: string | undefined;
}

export function ownIdentity(): ProcessIdentity {
  return {
    pid: process.pid,
    host: hostname(),
    boot: tryGet(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    table: tryGet(() => readlinkSync('/proc/self/ns/pid')),
    startedAt: startOf(process.pid),
  };
}

/** What the name of a host and the table of processes say about a process. `undefined` if they say nothing: it ran elsewhere. */
export function hasEnded({ pid, host, boot, table, startedAt }: ProcessIdentity): boolean | undefined {
  const own = ownIdentity();
  const isHere = boot === undefined || table === undefined ? host === own.host : boot === own.boot && table === own.table;
  // The machine, or the container, has been started again: its name belongs to one at a time.
  if (!isHere) return host === own.host || undefined;
  if (!isAlive(pid)) return true;
  const start = startOf(pid);
  return start !== undefined && startedAt !== undefined && start !== startedAt;
}

/** Whether there is a process with this id here. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: a process of another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Field 22 of `/proc/PID/stat`, on Linux. The second field, the name in parentheses, may contain anything. */
function startOf(pid: number): string | undefined {
  return tryGet(() => {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  });
}
