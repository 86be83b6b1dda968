import type { Terminal } from "../../src/io/terminal.js";

/** A terminal that only remembers what was printed. */
export function recordingTerminal(): Terminal & { stdout(): string; stderr(): string } {
  const out: string[] = [];
  const err: string[] = [];
  return {
    data: (line) => void out.push(`${line}\n`),
    raw: (text) => void out.push(text),
    message: (line) => void err.push(`${line}\n`),
    style: (_style, text) => text,
    interactive: false,
    redraw: () => {},
    columns: 80,
    stdout: () => out.join(""),
    stderr: () => err.join(""),
  };
}
