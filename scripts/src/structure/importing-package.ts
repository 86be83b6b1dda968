import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { join as joinUrlPath } from "node:path/posix";
import { importsOf, type ImportSite } from "./imports.js";
import type { WorkspacePackage } from "./workspace.js";

/** A package together with what each of its files imports. */
export interface ImportingPackage extends WorkspacePackage {
  readonly imports: ReadonlyMap<string, readonly ImportSite[]>;
}

/** Reads and parses all files of a package. */
export function readImports(root: string, found: WorkspacePackage): ImportingPackage {
  const imports = new Map<string, ImportSite[]>();
  for (const file of found.files) {
    imports.set(file, importsOf(file, readFileSync(join(root, file), "utf8")));
  }
  return { ...found, imports };
}

/** The TypeScript file that a relative specifier means, from the root; undefined for bare ones. */
export function resolveRelative(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return joinUrlPath(dirname(file), specifier).replace(/\.js$/, ".ts");
}

/** Judges every import; `judge` gives what is wrong, and the place is put before it. */
export function judgeImports(
  packages: readonly ImportingPackage[],
  judge: (importer: ImportingPackage, file: string, specifier: string) => string | undefined,
): string[] {
  const problems: string[] = [];
  for (const importer of packages) {
    for (const [file, sites] of importer.imports) {
      for (const { specifier, line } of sites) {
        const problem = judge(importer, file, specifier);
        if (problem !== undefined) problems.push(`${file}:${line}: ${problem}`);
      }
    }
  }
  return problems;
}
