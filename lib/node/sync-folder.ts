import { open } from 'node:fs/promises';

/** Makes the folder's entry for a new file durable, if the system supports it. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch {
    // Not supported on Windows and some network drives.
  }
}
