import { pipelineOf, sinkOf } from './ours.mjs';

const { createCollector } = await import(`${process.env.LIBRARY}/index.js`);

/** The kernel without any feature. */
export const kernel = (destination) => pipelineOf(createCollector({ sinks: [sinkOf(destination)] }));
