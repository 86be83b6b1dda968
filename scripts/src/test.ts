import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { closingLine, sumTotals } from "./report/totals.js";
import { readTotals } from "./report/vitest-report.js";
import { ROOT } from "./root.js";
import { workspacePackages } from "./structure/workspace.js";

/** Where each package's Vitest leaves its report, from the package's directory. */
const REPORT = "node_modules/.cache/test-report.json";

const tested = workspacePackages(ROOT)
  .filter(({ manifest }) => manifest.scripts?.["test"] !== undefined)
  .map(({ dir, manifest }) => ({ name: manifest.name, report: join(ROOT, dir, REPORT) }));
for (const { report } of tested) rmSync(report, { force: true });

// One package after the other: Vitest keeps all cores busy by itself, and the output stays in order.
const turbo = [
  "exec",
  "turbo",
  "run",
  "test",
  "--continue=always",
  "--concurrency=1",
  "--ui=stream",
];
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`];
const { status } = spawnSync("pnpm", [...turbo, "--log-prefix=none", "--", ...reporters], {
  cwd: ROOT,
  stdio: "inherit",
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
});

const totals = sumTotals(tested.map(({ name, report }) => readTotals(name, report)));
console.log();
for (const failure of totals.failures) console.log(`FAILED ${failure}`);
console.log(closingLine(totals));
process.exitCode = status === 0 && totals.failed === 0 && totals.passed > 0 ? 0 : 1;
