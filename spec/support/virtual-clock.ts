import { VirtualAction, VirtualTimeScheduler } from 'rxjs';

/** A scheduler whose time passes when `run` is called. Unlike `Machine`, it serves `interval` and other RxJS timers. */
export class VirtualClock extends VirtualTimeScheduler {
  constructor(start = 1_000_000) {
    super(VirtualAction, start);
    this.frame = start;
  }

  /** Timers that are set. */
  get timers(): number {
    return this.actions.length;
  }

  run(ms: number): void {
    this.maxFrames = this.frame + ms;
    this.flush();
    this.frame = this.maxFrames;
  }
}
