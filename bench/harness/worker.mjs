/**
 * The process in which one case is measured: `node worker.mjs <measure> <parameters as JSON>`. It starts the measure, says so, and then does
 * what it is told to: another `round`, or the `end`. Whoever started it ends it.
 */
const [measure, parameters] = process.argv.slice(2);

const { start } = await import(`../measures/${measure}.mjs`);
const running = await start(JSON.parse(parameters));
process.send({ isReady: true });

process.on('message', async (order) => {
  process.send(await running[order]());
});
// `bufferTime`, for one, would keep it alive for ever.
process.on('disconnect', () => process.exit());
