import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readmeExamples } from "./example.js";
import { runExample, type RunOptions } from "./run-example.js";

export type ReadmeOptions = Pick<RunOptions, "copies" | "timeout">;

/**
 * Declares a test for every example of a README. All of `test/readme.test.ts`:
 *
 *     describeReadme(new URL("../README.md", import.meta.url));
 *
 * Every `ts` block runs as a program and must exit with 0; a `text` block right after it must equal
 * its standard output. A labelled block (` ```toml robot.toml `) is a file in its working directory,
 * and so is every entry of `copies`. The README lies in its package's directory.
 */
export function describeReadme(readme: URL, options: ReadmeOptions = {}): void {
  const path = fileURLToPath(readme);
  const { examples, files } = readmeExamples(readFileSync(path, "utf8"));
  const timeout = options.timeout ?? 60_000;
  describe("README", () => {
    it("has examples", () => expect(examples).not.toHaveLength(0));
    for (const example of examples) {
      it(`runs the example of line ${example.line}`, { timeout: timeout + 5_000 }, async () => {
        const result = await runExample(example, {
          ...options,
          timeout,
          packageDir: dirname(path),
          files,
        });
        expect(result, result.stderr).toMatchObject({ exitCode: 0 });
        if (example.output !== undefined) expect(result.stdout).toBe(example.output);
      });
    }
  });
}
