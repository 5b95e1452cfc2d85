/** A server that the example starts is not installed. */
export class MissingPackage extends Error {
  constructor(program: string, command: string) {
    super(`${program} is not installed. On Debian: ${command}`);
    this.name = 'MissingPackage';
  }
}
