import { expect, it } from "vitest";
import { codeBlocks } from "./markdown.js";

it("finds blocks with language, label and line", () => {
  const markdown = "# A\n\n```ts\nlet a = 1;\n```\n\n```toml robot.toml\n[x]\n\ny = 1\n```\n";
  expect(codeBlocks(markdown)).toEqual([
    { language: "ts", label: "", line: 3, code: "let a = 1;\n" },
    { language: "toml", label: "robot.toml", line: 7, code: "[x]\n\ny = 1\n" },
  ]);
});

it("keeps a shorter fence inside a longer one as text", () => {
  expect(codeBlocks("````md\n```ts\n```\n````\n")).toEqual([
    { language: "md", label: "", line: 1, code: "```ts\n```\n" },
  ]);
});

it("refuses a block without an end, which would hide the rest of the page", () => {
  expect(() => codeBlocks("text\n```ts\nlet a;\n")).toThrow("line 2: the block is never closed");
});
