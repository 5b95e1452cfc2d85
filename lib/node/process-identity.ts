import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { tryGet } from '../internal/try-get.js';

/** The data by which other processes find out whether this process is still running. */
export interface ProcessIdentity {
  readonly pid: number;
  /** The name of the machine or container. */
  readonly host: string;
  /** Identifies the machine's start; the same in all of its containers. Absent if the system doesn't provide it. */
  readonly boot?: string | undefined;
  /** Identifies the table of processes in which `pid` is valid: each container has its own. Absent if the system doesn't provide it. */
  readonly table?: string | undefined;
  /** Start of the process in clock ticks since `boot`, since process ids are reused. Absent if the system doesn't provide it. */
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

/** Whether a process has ended, by its host name and the table of processes. `undefined` if that can't be determined, because it ran elsewhere. */
export function hasEnded({ pid, host, boot, table, startedAt }: ProcessIdentity): boolean | undefined {
  const own = ownIdentity();
  const isHere = boot === undefined || table === undefined ? host === own.host : boot === own.boot && table === own.table;
  // The same host name elsewhere means that the machine or container was restarted: a name belongs to one at a time.
  if (!isHere) return host === own.host || undefined;
  if (!isAlive(pid)) return true;
  const start = startOf(pid);
  return start !== undefined && startedAt !== undefined && start !== startedAt;
}

/** Whether a process with this id is running on this machine or in this container. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists, and belongs to another user.
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
