import type { Terminal } from "./terminal.js";

type Fields = Readonly<Record<string, unknown>>;

/**
 * One JSON object on stdout whose one list is printed as it comes, so that a list of any length is
 * never held. Nothing is printed before the first item or the end. Whoever stops after that leaves
 * it unfinished, which the exit code tells, too.
 */
export class JsonObjectWriter {
  readonly #terminal: Terminal;
  readonly #list: string;
  readonly #first: Fields;
  #items = 0;

  /**
   * @param list name of the list
   * @param first fields before it
   */
  constructor(terminal: Terminal, list: string, first: Fields) {
    this.#terminal = terminal;
    this.#list = list;
    this.#first = first;
  }

  /** The next item of the list. */
  item(value: unknown): void {
    if (this.#items === 0) this.#begin();
    this.#items += 1;
    this.#terminal.raw(`${this.#items === 1 ? "" : ","}\n    ${indented(value, "    ")}`);
  }

  /** Ends the list and the object. */
  end(last: Fields): void {
    if (this.#items === 0) this.#begin();
    const fields = formatted(last).map((field) => `,\n  ${field}`);
    this.#terminal.raw(`${this.#items === 0 ? "" : "\n  "}]${fields.join("")}\n}\n`);
  }

  #begin(): void {
    const fields = formatted(this.#first).map((field) => `\n  ${field},`);
    this.#terminal.raw(`{${fields.join("")}\n  ${JSON.stringify(this.#list)}: [`);
  }
}

function formatted(fields: Fields): string[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${JSON.stringify(name)}: ${indented(value, "  ")}`);
}

/** A value as it stands in an object that is indented already. */
function indented(value: unknown, by: string): string {
  return JSON.stringify(value, null, 2).replaceAll("\n", `\n${by}`);
}
