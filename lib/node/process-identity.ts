import { readFileSync } from 'node:fs';

/** Whether there is a process with this id on this host. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: a process of another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * When a process started, in clock ticks since boot, where the system knows: a process id is used again.
 *
 * Field 22 of `/proc/PID/stat`, on Linux. The second field, the name in parentheses, may contain anything.
 */
export function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
