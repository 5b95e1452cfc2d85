const MAX_NAMED = 20;

/** Keeps the numbers of the first bad lines, and counts the rest. */
export class BadLines {
  readonly #named: string[] = [];
  count = 0;

  add(line: number, error: string): void {
    this.count += 1;
    if (this.#named.length < MAX_NAMED) this.#named.push(`${String(line)} (${error})`);
  }

  lines(): string[] {
    if (this.count === 0) return [];
    const rest = this.count - this.#named.length;
    return [
      `${String(this.count)} bad ${this.count === 1 ? 'line' : 'lines'}: ${this.#named.join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`,
    ];
  }
}
