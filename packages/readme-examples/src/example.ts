import { codeBlocks } from "./markdown.js";

/** A program of a README and what it must print. */
export interface Example {
  readonly line: number;
  readonly code: string;
  /** Expected standard output; undefined if the README shows none. */
  readonly output: string | undefined;
}

export interface ReadmeExamples {
  readonly examples: readonly Example[];
  /** Files that the README spells out, by name: each example finds them in its working directory. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Every `ts` block is a program, a `text` block right after it is its output, and a block of any
 * other language with a label is a file of that name.
 */
export function readmeExamples(markdown: string): ReadmeExamples {
  const blocks = codeBlocks(markdown);
  const files = new Map<string, string>();
  const examples: Example[] = [];
  for (const [index, block] of blocks.entries()) {
    if (block.language === "ts") {
      const next = blocks[index + 1];
      const output = next?.language === "text" ? next.code : undefined;
      examples.push({ line: block.line, code: block.code, output });
    } else if (block.label !== "") {
      files.set(block.label, block.code);
    }
  }
  return { examples, files };
}
