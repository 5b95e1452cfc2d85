// @ts-check
/**
 * Property tests draw the same values in every run, so that a failure comes from the change at hand. `FC_SEED=random` draws new ones, and
 * `FC_SEED=<number>` repeats a run.
 */
const fc = require('fast-check');

const { FC_SEED = '20260901' } = process.env;
if (FC_SEED !== 'random') fc.configureGlobal({ seed: Number(FC_SEED) });
