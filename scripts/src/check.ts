import { checkPack } from "./pack/check-pack.js";
import { runChecks, type Check } from "./check/run-checks.js";
import { ROOT } from "./root.js";
import { runCommand } from "./run-command.js";
import { checkStructure } from "./structure/check-structure.js";

/** A check that is a program of the root's devDependencies. */
function program(name: string, ...command: string[]): Check {
  return {
    name,
    async run() {
      const { exitCode, stdout, stderr } = await runCommand("pnpm", ["exec", ...command], {
        cwd: ROOT,
      });
      return exitCode === 0 ? [] : [`${stdout}${stderr}`.trim()];
    },
  };
}

const passed = await runChecks(
  [
    program("types", "tsc", "-b"),
    program("lint", "oxlint"),
    program("format", "oxfmt", "--check", "."),
    {
      name: "structure: layers, dependencies, circles, sizes",
      run: async () => checkStructure(ROOT),
    },
    program("unused exports, files and dependencies", "knip", "--no-progress"),
    {
      name: "pack: build, publint, attw, install and use the tarballs",
      run: () => checkPack(ROOT),
    },
  ],
  console.log,
);
process.exitCode = passed ? 0 : 1;
