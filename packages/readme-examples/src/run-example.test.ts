import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runExample } from "./run-example.js";

const packageDir = fileURLToPath(new URL("..", import.meta.url));

function run(code: string, options: Partial<Parameters<typeof runExample>[1]> = {}) {
  return runExample({ line: 1, code, output: undefined }, { packageDir, ...options });
}

describe("runExample", () => {
  it("runs TypeScript, where the package's own name means its source", async () => {
    const code = `
      const url: string = import.meta.resolve("@roboflow/readme-examples");
      console.log(url.slice(url.lastIndexOf("/src/")));
    `;
    expect(await run(code)).toEqual({ exitCode: 0, stdout: "/src/index.ts\n", stderr: "" });
  });

  it("starts in a directory with the README's files and the copies", async () => {
    const code = `
      import { readdirSync, readFileSync } from "node:fs";
      console.log(readdirSync(".").sort().join(), readFileSync("a/b.toml", "utf8"));
    `;
    const { stdout } = await run(code, {
      files: new Map([["a/b.toml", "x = 1"]]),
      copies: { "copy.json": new URL("../package.json", import.meta.url) },
    });
    expect(stdout).toBe("a,copy.json x = 1\n");
  });

  it("reports failure with what was printed", async () => {
    const result = await run('console.log("so far"); throw new Error("boom");');
    expect(result).toMatchObject({ exitCode: 1, stdout: "so far\n" });
    expect(result.stderr).toContain("boom");
  });

  it("leaves nothing behind", async () => {
    await run("throw 1;");
    expect((await readdir(packageDir)).filter((name) => name.startsWith(".readme-"))).toEqual([]);
  });
});
