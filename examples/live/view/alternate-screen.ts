import type { WriteStream } from 'node:tty';

const ENTER = '\u001B[?1049h\u001B[H';
/** Leaves the cursor at the top. */
export const CLEAR = '\u001B[2J\u001B[H';
const LEAVE = '\u001B[?1049l';

/** Draws on the terminal's alternate screen, and restores the previous contents, also when the process ends unexpectedly. */
export function alternateScreen(terminal: WriteStream): () => void {
  let isEntered = true;
  const leave = (): void => {
    if (!isEntered) return;
    isEntered = false;
    process.off('exit', leave);
    terminal.write(LEAVE);
  };
  terminal.write(ENTER);
  process.once('exit', leave);
  return leave;
}
