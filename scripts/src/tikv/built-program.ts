import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../cache-dir.js";

/** Programs that lie ready in `dir`, or why they can't be had here. */
export type BuiltPrograms =
  | { readonly kind: "ready"; readonly dir: string }
  | { readonly kind: "unavailable"; readonly reason: string };

export interface Sources {
  /** Of the directory in the cache. */
  readonly name: string;
  readonly dir: string;
  /** Names of the files that make a difference. */
  readonly files: RegExp;
}

/**
 * Builds programs into the user's cache, once for each state of their sources.
 * @param build fills a directory; gives why it can't be done here, and throws if the sources are at fault
 */
export async function buildOnce(
  { name, dir, files }: Sources,
  build: (out: string) => Promise<string | undefined>,
  print: (line: string) => void,
): Promise<BuiltPrograms> {
  const target = join(cacheDir(), `${name}-${sourcesHash(dir, files)}`);
  if (existsSync(target)) return { kind: "ready", dir: target };
  print(`Building ${name} into ${target}: minutes the first time, then never again.`);
  // Named for this process, and in place all at once: another one may be building the same.
  const building = `${target}.${process.pid}`;
  await rm(building, { recursive: true, force: true });
  await mkdir(building, { recursive: true });
  try {
    const reason = await build(building);
    if (reason !== undefined) return { kind: "unavailable", reason };
    await rename(building, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
    return { kind: "ready", dir: target };
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

function sourcesHash(dir: string, files: RegExp): string {
  const hash = createHash("sha256");
  const names = readdirSync(dir, { encoding: "utf8", recursive: true });
  for (const name of names.filter((name) => files.test(name)).sort()) {
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(dir, name)))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 12);
}
