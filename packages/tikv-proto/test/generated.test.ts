import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const programs = join(packageDir, "node_modules", ".bin");

let output: string;

beforeAll(async () => {
  output = await mkdtemp(join(tmpdir(), "tikv-proto-generated-"));
});

afterAll(() => rm(output, { recursive: true }));

it("is what `pnpm generate` makes of proto/", async () => {
  // `buf` looks for the plugin on the path.
  const PATH = [programs, process.env["PATH"]].join(delimiter);
  await promisify(execFile)(join(programs, "buf"), ["generate", "--output", output], {
    cwd: packageDir,
    env: { ...process.env, PATH },
  });
  const current = await sources(join(output, "src", "gen"));
  expect(Object.keys(current)).toHaveLength(7);
  expect(await sources(join(packageDir, "src", "gen"))).toEqual(current);
});

/** Texts by file name. */
async function sources(directory: string): Promise<Record<string, string>> {
  const names = await readdir(directory);
  const texts = names.map(async (name) => [name, await readFile(join(directory, name), "utf8")]);
  return Object.fromEntries(await Promise.all(texts)) as Record<string, string>;
}
