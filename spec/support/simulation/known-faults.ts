type Fault = 'redeliverWhileLeaving' | 'reentrantEndings';

/** Behaviour that the simulation leaves alone for now, because it is known to be wrong; each entry goes when the fault does. */
export const KNOWN_FAULTS: Readonly<Record<Fault, boolean>> = {
  /** While a sink's leaving begins, dead letters are still taken back for it. */
  redeliverWhileLeaving: true,
  /** An ending asked for again from inside its own beginning is another one. */
  reentrantEndings: true,
};
