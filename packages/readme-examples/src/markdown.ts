/** A fenced block of a Markdown file. */
export interface CodeBlock {
  readonly language: string;
  /** The rest of the info string: ` ```toml robot.toml ` has `robot.toml`. */
  readonly label: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly code: string;
}

const FENCE = /^(`{3,})[ \t]*(\S*)[ \t]*(.*?)[ \t]*$/;

/** All fenced blocks in order. Throws if the last one is never closed. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open:
    | { fence: string; language: string; label: string; line: number; body: string[] }
    | undefined;
  for (const [index, text] of markdown.split(/\r?\n/).entries()) {
    if (open !== undefined) {
      if (text.trimEnd() === open.fence) {
        const { language, label, line, body } = open;
        blocks.push({ language, label, line, code: `${body.join("\n")}\n` });
        open = undefined;
      } else {
        open.body.push(text);
      }
      continue;
    }
    const [, fence, language = "", label = ""] = FENCE.exec(text) ?? [];
    if (fence !== undefined) open = { fence, language, label, line: index + 1, body: [] };
  }
  if (open !== undefined) throw new Error(`line ${open.line}: the block is never closed`);
  return blocks;
}
