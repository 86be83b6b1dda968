import { expect, it } from "vitest";
import { readmeExamples } from "./example.js";

it("pairs programs with their output and collects files", () => {
  const markdown = [
    "```toml robot.toml\na = 1\n```",
    "```ts\nconsole.log(1);\n```",
    "prints",
    "```text\n1\n```",
    "```ts\nlet quiet;\n```",
    "```sh\nls\n```",
  ].join("\n");
  expect(readmeExamples(markdown)).toEqual({
    examples: [
      { line: 4, code: "console.log(1);\n", output: "1\n" },
      { line: 11, code: "let quiet;\n", output: undefined },
    ],
    files: new Map([["robot.toml", "a = 1\n"]]),
  });
});
