import { WorkerProcess } from './worker-process.mjs';

/** A case that is measured in a fresh process each round, as nothing but the first run of a process is cold. */
export class OneShotProcess {
  #measure;
  #offered = 0;
  #lost = 0;

  /** Runs once without being counted, so that the files are in the system's cache. */
  static async start(measure, parameters) {
    const cold = new OneShotProcess(measure, parameters);
    await cold.round();
    return cold;
  }

  constructor(measure, parameters) {
    this.#measure = measure;
    this.parameters = parameters;
  }

  async round() {
    const worker = await WorkerProcess.start(this.#measure, this.parameters);
    const figures = await worker.round();
    const { offered, lost } = await worker.end();
    this.#offered += offered;
    this.#lost += lost;
    return figures;
  }

  end() {
    return Promise.resolve({ offered: this.#offered, lost: this.#lost, sent: 0 });
  }
}
