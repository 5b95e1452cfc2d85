/** The page itself, to subtract from each case. */
export const start = () => ({ collect: () => undefined, flush: () => undefined });
