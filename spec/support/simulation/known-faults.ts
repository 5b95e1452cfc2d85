/**
 * Behaviour that the simulation is to leave alone for now, because it is known to be wrong: each entry goes when the fault does.
 *
 * Empty, as it should be, the simulation holds everything to account.
 */
export const KNOWN_FAULTS = {} as const satisfies Readonly<Record<string, boolean>>;
