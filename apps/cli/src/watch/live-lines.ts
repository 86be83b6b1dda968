import type { Terminal } from "../io/terminal.js";

/** Without a terminal to draw on, a line now and then is enough. */
const PLAIN_EVERY_MS = 5_000;

/** Lines that are drawn over on a terminal, and printed every few seconds elsewhere. */
export class LiveLines {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #nextPlain = 0;

  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
  }

  /** Whether `show` would show anything now: to save what it costs to know the lines. */
  get due(): boolean {
    return this.#terminal.interactive || this.#now() >= this.#nextPlain;
  }

  show(lines: () => readonly string[]): void {
    if (this.#terminal.interactive) {
      this.#terminal.redraw(lines());
      return;
    }
    if (!this.due) return;
    this.#nextPlain = this.#now() + PLAIN_EVERY_MS;
    for (const line of lines()) this.#terminal.message(line);
  }

  clear(): void {
    if (this.#terminal.interactive) this.#terminal.redraw([]);
  }
}
