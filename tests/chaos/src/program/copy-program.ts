import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { glob } from "tinyglobby";
import { ROOT } from "../root.js";

/** Directories of what runs as processes, and of what those import. */
const PACKAGES = ["packages/*", "apps/cli", "tests/chaos"];

/** Frames between two checkpoints, so that a conversion of seconds has several to go on from. */
const CHECKPOINT_FRAMES = 8;

/**
 * Puts all packages into `directory` as they are when installed: compiled, and importing each
 * other's copies. Processes start much faster than from source, and no edit reaches a run under way.
 */
export async function copyProgram(directory: string): Promise<void> {
  const manifests = await glob(
    PACKAGES.map((pattern) => `${pattern}/package.json`),
    { cwd: ROOT },
  );
  await mkdir(directory, { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
  await Promise.all(
    manifests.map((manifest) => copyPackage(manifest.replace(/\/package\.json$/, ""), directory)),
  );
  await setCheckpoints(join(directory, "packages/dataset/dist/episode/checkpoint.js"));
}

/** The one thing that is not as users have it. */
async function setCheckpoints(file: string): Promise<void> {
  const before = await readFile(file, "utf8");
  const after = before.replace(
    /CHECKPOINT_FRAMES = \d+;/,
    `CHECKPOINT_FRAMES = ${CHECKPOINT_FRAMES};`,
  );
  if (after === before) throw new Error(`${file} does not say how many frames a segment has`);
  await writeFile(file, after);
}

async function copyPackage(name: string, directory: string): Promise<void> {
  const from = join(ROOT, name);
  const to = join(directory, name);
  const sources = await glob("src/**/*.ts", { cwd: from, ignore: "**/*.test.ts", absolute: true });
  await build({
    entryPoints: sources,
    outdir: join(to, "dist"),
    outbase: join(from, "src"),
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "error",
  });
  await cp(join(from, "package.json"), join(to, "package.json"));
  // Links between packages are relative, so that they lead to the copies.
  await cp(join(from, "node_modules"), join(to, "node_modules"), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !/[\\/]node_modules[\\/]\./.test(source),
  });
}
