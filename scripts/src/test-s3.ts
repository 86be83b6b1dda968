import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./root.js";
import { startVersitygw } from "./s3/start-versitygw.js";
import { buildGo } from "./tikv/go-programs.js";
import { readSuite } from "./tikv/suite-report.js";
import { S3_SERVER } from "./tikv/tools.js";

const STORAGE = join(ROOT, "packages/storage");
const REPORT = join(STORAGE, "node_modules/.cache/s3-report.json");

/** The storage contract on the server that `env` names; whether all of it passed. */
function runContract(server: string, env: Readonly<Record<string, string>>): boolean {
  console.log(`\nThe storage contract on ${server}:`);
  rmSync(REPORT, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`];
  const { status } = spawnSync(
    "pnpm",
    ["exec", "vitest", "run", ...reporters, "test/s3/contract.test.ts"],
    {
      cwd: STORAGE,
      stdio: "inherit",
      env: { ...process.env, ...env, ROBOFLOW_TEST_S3: "external" },
    },
  );
  if (!existsSync(REPORT)) throw new Error(`the run on ${server} ended without a report`);
  const tests = readSuite(REPORT);
  const passed = tests.filter(({ outcome }) => outcome.kind === "passed").length;
  console.log(`test:s3 on ${server}: ${passed} passed, ${tests.length - passed} failed`);
  return status === 0 && passed > 0;
}

const built = await buildGo(S3_SERVER, console.log);
if (built.kind === "unavailable") console.log(`SKIPPED test:s3 on versitygw: ${built.reason}`);
else {
  await using server = await startVersitygw(built.dir);
  if (!runContract("versitygw", server.env)) process.exitCode = 1;
}
