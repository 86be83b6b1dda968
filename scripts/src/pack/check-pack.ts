import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../run-command.js";
import { workspacePackages } from "../structure/workspace.js";
import { checkContents } from "./contents-rule.js";
import { lintTarball } from "./lint-tarball.js";
import { packPackage, type Tarball } from "./tarball.js";
import { tryTarballs } from "./try-tarballs.js";

/** Builds, packs, lints and tries every package that is published; one line for each problem. */
export async function checkPack(root: string): Promise<string[]> {
  const published = workspacePackages(root).filter(({ manifest }) => manifest.private !== true);
  const dir = await mkdtemp(join(tmpdir(), "roboflow-pack-"));
  try {
    const problems: string[] = [];
    const tarballs: Tarball[] = [];
    for (const found of published) {
      // From nothing, so that what an earlier build left behind does not ship.
      await rm(join(root, found.dir, "dist"), { recursive: true, force: true });
    }
    for (const found of published) {
      await mustRun("pnpm", ["run", "build"], { cwd: join(root, found.dir) });
      const tarball = await packPackage(root, found, dir);
      tarballs.push(tarball);
      const wrong = [...checkContents(tarball.files), ...(await lintTarball(root, tarball))];
      problems.push(...wrong.map((problem) => `${found.manifest.name}: ${problem}`));
    }
    if (problems.length === 0) await tryTarballs(join(dir, "project"), tarballs);
    return problems;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
