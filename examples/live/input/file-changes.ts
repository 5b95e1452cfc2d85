import { lstatSync, readdirSync, watch, type FSWatcher, type Stats } from 'node:fs';
import { join, relative } from 'node:path';
import { Observable } from 'rxjs';

export interface FileChange {
  /** From the watched folder. */
  readonly path: string;
  readonly change: 'changed' | 'appeared' | 'disappeared';
}

const IGNORED = new Set(['.git', 'node_modules', '.events']);
/** The system grants only so many watches. */
const MAX_FOLDERS = 1_000;

/**
 * Changes of files below a folder, other than those that `isOwn` claims.
 *
 * One watch a folder, because Node's recursive one would walk through node_modules, too. Folders that can't be watched are left out.
 */
export function fileChanges(root: string, isOwn: (path: string) => boolean): Observable<FileChange> {
  return new Observable((subscriber) => {
    const watchers = new Map<string, FSWatcher>();
    const leave = (folder: string): void => {
      watchers.get(folder)?.close();
      watchers.delete(folder);
    };
    const enter = (folder: string): void => {
      if (watchers.has(folder) || watchers.size >= MAX_FOLDERS) return;
      try {
        const watcher = watch(folder, (kind, name) => {
          if (name === null || IGNORED.has(name)) return;
          onChange(join(folder, name), kind === 'rename');
        });
        watchers.set(folder, watcher);
        watcher.on('error', () => {
          leave(folder);
        });
        for (const entry of readdirSync(folder, { withFileTypes: true })) {
          if (entry.isDirectory() && !IGNORED.has(entry.name)) enter(join(folder, entry.name));
        }
      } catch {
        leave(folder);
      }
    };
    const onChange = (path: string, isRename: boolean): void => {
      if (isOwn(path)) return;
      const stats = statsOf(path);
      if (stats === undefined) leave(path);
      if (stats?.isDirectory() === true) return enter(path);
      subscriber.next({ path: relative(root, path), change: stats === undefined ? 'disappeared' : isRename ? 'appeared' : 'changed' });
    };
    enter(root);
    return () => {
      for (const folder of [...watchers.keys()]) leave(folder);
    };
  });
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
