import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** What the checks read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A package of the workspace; `dir` and `files` are relative to the root, with `/`. */
export interface WorkspacePackage {
  readonly dir: string;
  readonly manifest: Manifest;
  /** Its TypeScript files. */
  readonly files: readonly string[];
}

/** All packages of the pnpm workspace at `root`, but the root itself. */
export function workspacePackages(root: string): WorkspacePackage[] {
  const listed = execFileSync("pnpm", ["ls", "--recursive", "--depth=-1", "--json"], {
    cwd: root,
    encoding: "utf8",
  });
  const found = JSON.parse(listed) as { path: string }[];
  return found
    .map(({ path }) => relative(root, path).split(sep).join("/"))
    .filter((dir) => dir !== "")
    .sort()
    .map((dir) => readPackage(root, dir));
}

/** One package by its directory. */
export function readPackage(root: string, dir: string): WorkspacePackage {
  return {
    dir,
    manifest: readManifest(join(root, dir)),
    files: [...typescriptFiles(root, dir)].sort(),
  };
}

/** The package.json in a directory. */
export function readManifest(dir: string): Manifest {
  return JSON.parse(readFileSync(join(dir, "package.json"), "utf8")) as Manifest;
}

/** Tests, benchmarks and settings: what never ships. */
export function isTestFile(path: string): boolean {
  return /\.test\.ts$|\.config\.ts$|(^|\/)(test|bench)\//.test(path);
}

function* typescriptFiles(root: string, dir: string): Generator<string> {
  for (const entry of readdirSync(join(root, dir), { withFileTypes: true })) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory()) {
      const foreign = entry.name.startsWith(".") || ["node_modules", "dist"].includes(entry.name);
      if (!foreign) yield* typescriptFiles(root, path);
    } else if (entry.name.endsWith(".ts")) {
      yield path;
    }
  }
}
