import { open } from 'node:fs/promises';

/** Makes the entry of a new file durable, on systems that can. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch {
    // Windows, some network drives.
  }
}
