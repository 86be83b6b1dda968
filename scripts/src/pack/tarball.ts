import { join } from "node:path";
import { mustRun } from "../run-command.js";
import type { WorkspacePackage } from "../structure/workspace.js";

/** A package as it would be published. */
export interface Tarball {
  readonly found: WorkspacePackage;
  /** Absolute path of the .tgz. */
  readonly path: string;
  /** Paths inside of the package, e.g. `dist/index.js`. */
  readonly files: readonly string[];
}

/** Packs a built package into `destination`. */
export async function packPackage(
  root: string,
  found: WorkspacePackage,
  destination: string,
): Promise<Tarball> {
  const cwd = join(root, found.dir);
  const packed = await mustRun("pnpm", ["pack", "--json", "--pack-destination", destination], {
    cwd,
  });
  const { filename } = JSON.parse(packed) as { filename: string };
  const path = join(destination, filename.replace(/^.*[\\/]/, ""));
  const listed = await mustRun("tar", ["-tzf", path], { cwd: destination });
  return {
    found,
    path,
    files: listed
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.replace(/^package\//, "")),
  };
}
