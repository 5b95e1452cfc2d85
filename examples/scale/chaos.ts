import { setTimeout } from 'node:timers/promises';

/** A process, or a group of them, that can be killed or paused. */
export interface Victim {
  readonly name: string;
  /** Ends it with SIGKILL; resolves when it runs again. */
  readonly kill: () => void | Promise<void>;
  readonly pause: (isPaused: boolean) => void;
}

export interface ChaosOptions {
  readonly victims: readonly Victim[];
  /** How many times something is killed or paused. */
  readonly blows: number;
  /** Returns numbers from 0 up to 1. The same ones make the same choices. */
  readonly random: () => number;
  readonly print: (line: string) => void;
}

/** Kills or pauses one victim after another, two of three times the former. */
export async function chaos({ victims, blows, random, print }: ChaosOptions): Promise<void> {
  for (let blow = 0; blow < blows; blow += 1) {
    await setTimeout(200 + random() * 800);
    const victim = victims[Math.floor(random() * victims.length)];
    if (victim === undefined) return;
    if (random() < 2 / 3) {
      print(`chaos      kill -9 ${victim.name}`);
      await victim.kill();
    } else {
      const ms = Math.round(200 + random() * 2_300);
      print(`chaos      pause ${victim.name} for ${String(ms)} ms`);
      victim.pause(true);
      await setTimeout(ms);
      victim.pause(false);
    }
  }
}
