/**
 * The process that measures one case: `node worker.mjs <measure> <parameters as JSON>`. It starts the measure, reports that it is ready, and
 * then runs a `round` or the `end` on request. The parent ends it.
 */
const [measure, parameters] = process.argv.slice(2);

const { start } = await import(`../measures/${measure}.mjs`);
const running = await start(JSON.parse(parameters));
process.send({ isReady: true });

process.on('message', async (order) => {
  process.send(await running[order]());
});
// Some pipelines, such as `bufferTime`, would keep the process alive.
process.on('disconnect', () => process.exit());
