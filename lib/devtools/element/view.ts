import type { DevtoolsAnswer, DevtoolsCommand, DevtoolsSnapshot } from '../protocol.js';

/** A part of the element. */
export interface View {
  readonly element: HTMLElement;
  /** Called with the latest snapshot, at most once per frame. */
  readonly update: (snapshot: DevtoolsSnapshot) => void;
}

/** Sends a command, shows the answer, and returns it. */
export type Send = (command: DevtoolsCommand) => Promise<DevtoolsAnswer>;
