import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** The three streams and what they can show. Data goes to stdout, everything else to stderr. */
export interface Terminal {
  /** One line of data. */
  data(line: string): void;
  /** Data exactly as it is, without a line end. */
  raw(text: string): void;
  /** One line of message or progress. */
  message(line: string): void;
  /** The text in a style, where stderr shows colours. */
  style(style: Style, text: string): string;
  /** Whether a line on stderr can be drawn over (progress bars). */
  readonly interactive: boolean;
  /** Draws over the last drawn lines of stderr; only when `interactive`. */
  redraw(lines: readonly string[]): void;
  readonly columns: number;
}

/** The process's own streams. Colours: never with NO_COLOR, always with FORCE_COLOR, else on a TTY. */
export function processTerminal(env: NodeJS.ProcessEnv = process.env): Terminal {
  const { stdout, stderr } = process;
  const interactive = stderr.isTTY === true && env["TERM"] !== "dumb";
  const colours = env["NO_COLOR"] ? false : env["FORCE_COLOR"] ? true : interactive;
  let drawn = 0;
  const clear = (): void => {
    if (drawn > 0) stderr.write(`\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  return {
    interactive,
    get columns() {
      return stderr.columns ?? 80;
    },
    data(line) {
      stdout.write(`${line}\n`);
    },
    raw(text) {
      stdout.write(text);
    },
    message(line) {
      clear();
      stderr.write(`${line}\n`);
    },
    style: (style, text) => (colours ? styleText(style, text) : text),
    redraw(lines) {
      clear();
      stderr.write(lines.map((line) => `${line}\n`).join(""));
      drawn = lines.length;
    },
  };
}
