/** Writes progress with the elapsed seconds to stderr: one line that is overwritten in a terminal, a line each elsewhere. */
export function progressLine() {
  const began = performance.now();
  return (text) => {
    const line = `[${String(Math.round((performance.now() - began) / 1_000)).padStart(4)} s] ${text}`;
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  };
}
