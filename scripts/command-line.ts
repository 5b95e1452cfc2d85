import { parseArgs, type ParseArgsConfig } from 'node:util';

type Config = Omit<ParseArgsConfig, 'args' | 'strict'>;

/** `--help` and `-h` print the usage and end the process. Unknown options and invalid values end it with one line, and 2. */
export function commandLine<const C extends Config>(usage: string, config: C): ReturnType<typeof parseArgs<C>> {
  if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    return invalidArguments(error instanceof Error ? error.message : String(error));
  }
}

/** Prints the message, and ends the process with 2. */
export function invalidArguments(message: string): never {
  console.error(`${message.split('\n')[0] ?? message} (--help lists the options)`);
  process.exit(2);
}

/** The value of an option that is a whole number. */
export function wholeNumber(name: string, value: string, min = 0): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= min) return number;
  return invalidArguments(`Expected --${name} to be a whole number from ${String(min)} on, got '${value}'`);
}
