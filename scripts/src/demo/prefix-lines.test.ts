import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { prefixLines } from "./prefix-lines.js";

it("keeps lines whole however they arrive, and leaves out empty ones", async () => {
  const lines: string[] = [];
  const stream = Readable.from(["job ", "done\n\nsecond", " line\nlast"]);
  await prefixLines(stream, "[1] ", (line) => lines.push(line));
  expect(lines).toEqual(["[1] job done", "[1] second line", "[1] last"]);
});
