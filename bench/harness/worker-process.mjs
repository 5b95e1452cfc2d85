import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));

/** Runs a case in a process of its own. */
export class WorkerProcess {
  #child;

  static async start(measure, parameters, nodeOptions = []) {
    const child = fork(WORKER, [measure, JSON.stringify(parameters)], {
      execArgv: nodeOptions,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const worker = new WorkerProcess(child, parameters);
    await worker.#answer();
    return worker;
  }

  constructor(child, parameters) {
    this.#child = child;
    this.parameters = parameters;
    this.stderr = '';
    child.stderr.on('data', (text) => {
      this.stderr += text;
    });
  }

  round() {
    return this.#ask('round');
  }

  async end() {
    const answer = await this.#ask('end');
    this.#child.removeAllListeners('exit').kill();
    return answer;
  }

  #ask(order) {
    this.#child.send(order);
    return this.#answer();
  }

  #answer() {
    return new Promise((resolve, reject) => {
      this.#child.once('message', resolve);
      this.#child.removeAllListeners('exit');
      this.#child.once('exit', (code) =>
        reject(new Error(`${JSON.stringify(this.parameters)} ended with ${String(code)}\n${this.stderr}`)),
      );
    });
  }
}

/** Runs a measure that has a single result. */
export async function measureOnce(measure, parameters, nodeOptions) {
  const worker = await WorkerProcess.start(measure, parameters, nodeOptions);
  return worker.end();
}
