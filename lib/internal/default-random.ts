/** Uniform in [0, 1): what `random` is wherever the user gives none. Looked up at each call, so that a test may stub `Math.random`. */
export const defaultRandom = (): number => Math.random();
