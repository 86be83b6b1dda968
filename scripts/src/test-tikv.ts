import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { findPython } from "./oracle/find-python.js";
import { ROOT } from "./root.js";
import { buildGo } from "./tikv/go-programs.js";
import { INTEROP, SERVER } from "./tikv/tools.js";
import { runStoreContract } from "./tikv/store-contract.js";
import { readSuite, type SuiteTest } from "./tikv/suite-report.js";
import { differences, renderTable } from "./tikv/tested-table.js";
import { runWholeBatch } from "./tikv/whole-batch.js";

const CLIENT = join(ROOT, "packages/tikv-client");
const TESTED = join(CLIENT, "TESTED.md");
const REPORT = join(CLIENT, "node_modules/.cache/suite-report.json");

const INTRO = `# What is tested on which server

Written by \`pnpm test:tikv --update\`; \`pnpm test:tikv\` fails where it is not current. Each test of \`test/suite\` runs on

- **testkit**: \`@roboflow/tikv-testkit\`, PD and TiKV in one process over real gRPC;
- **go**: a real PD and stores with unistore, TiDB's test engine, over real gRPC (\`tools/tikv-server\`);
- **external**: any cluster that \`TIKV_PD_ENDPOINTS\` names, if it is set. Nothing but keys changes in it, and where regions begin.

"Lacks" names what a server can't do and the test needs. The package's other tests (those beside the sources) run on the testkit.
`;

const DESCRIPTION: Readonly<Record<string, string>> = {
  testkit: "the testkit",
  go: "a real PD and unistore in Go",
  external: `the cluster at ${process.env["TIKV_PD_ENDPOINTS"]}`,
};

/** The suite on one server; what is in \`filters\` narrows it down as Vitest does. */
function runSuite(server: string, env: NodeJS.ProcessEnv, filters: readonly string[]): SuiteTest[] {
  console.log(`\nThe suite on ${DESCRIPTION[server]}:`);
  rmSync(REPORT, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`];
  const wanted = filters.length > 0 ? filters : ["test/suite/"];
  const { status } = spawnSync("pnpm", ["exec", "vitest", "run", ...reporters, ...wanted], {
    cwd: CLIENT,
    stdio: "inherit",
    env: { ...process.env, ...env, TIKV_TEST_SERVER: server },
  });
  if (!existsSync(REPORT)) throw new Error(`the run on ${server} ended without a report`);
  const tests = readSuite(REPORT);
  const failed = tests.some(({ outcome }) => outcome.kind === "failed");
  // An error outside of every test fails the run only.
  if (status === 0 || failed) return tests;
  const name = "(outside of any test)";
  return [...tests, { file: "vitest", name, outcome: { kind: "failed" } }];
}

function summary(server: string, tests: readonly SuiteTest[]): string {
  const count = (kind: SuiteTest["outcome"]["kind"]): number =>
    tests.filter(({ outcome }) => outcome.kind === kind).length;
  return `test:tikv on ${DESCRIPTION[server]}: ${count("passed")} passed, ${count("failed")} failed, ${count("lacks")} not on this server`;
}

/** Checks the committed table, or writes it. */
function settleTable(runs: ReadonlyMap<string, readonly SuiteTest[]>, update: boolean): boolean {
  if (update) {
    writeFileSync(TESTED, renderTable(runs, INTRO));
    return true;
  }
  const found = differences(existsSync(TESTED) ? readFileSync(TESTED, "utf8") : "", runs);
  for (const difference of found) console.log(`TESTED.md is not current: ${difference}`);
  if (found.length > 0) console.log("Write it anew by `pnpm test:tikv --update`.");
  return found.length === 0;
}

/** What is wrong with a batch of recordings through the store on Go. */
async function tryWholeBatch(programs: string): Promise<string[]> {
  console.log(
    "\nA batch of recordings through tikv:// on three stores, split and moved meanwhile:",
  );
  const found = await findPython(console.log);
  if (found.kind === "unavailable")
    console.log(`SKIPPED the judgement of lerobot: ${found.reason}`);
  const python = found.kind === "unavailable" ? undefined : found.python;
  const problems = await runWholeBatch(programs, python, console.log).catch((error: unknown) => [
    String(error),
  ]);
  if (problems.length === 0) console.log(python ? "accepted by lerobot" : "accepted by verify");
  return problems;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { update: { type: "boolean", default: false } },
  });
  const env: NodeJS.ProcessEnv = {};
  const servers: string[] = [];
  const server = await buildGo(SERVER, console.log);
  const interop = await buildGo(INTEROP, console.log);
  if (server.kind === "unavailable") console.log(`SKIPPED test:tikv on Go: ${server.reason}`);
  else if (interop.kind === "unavailable") {
    console.log(`SKIPPED test:tikv on Go: ${interop.reason}`);
  } else {
    env["TIKV_SERVER_BIN"] = join(server.dir, "tikv-server");
    env["TIKV_INTEROP_BIN"] = join(interop.dir, "tikv-interop");
    servers.push("testkit", "go");
  }
  if (process.env["TIKV_PD_ENDPOINTS"]) servers.push("external");
  else console.log("SKIPPED test:tikv on another cluster: TIKV_PD_ENDPOINTS is not set");
  if (servers.length === 0) return;

  // A part of the suite was asked for, so no more than that runs.
  const whole = positionals.length === 0;
  const problems =
    whole && server.kind === "ready" && servers.includes("go")
      ? await tryWholeBatch(server.dir)
      : [];
  for (const problem of problems) console.log(`FAILED batch: ${problem}`);
  if (whole) {
    const programs = server.kind === "ready" && servers.includes("go") ? server.dir : undefined;
    const failed = await runStoreContract(programs, console.log);
    for (const test of failed) console.log(`FAILED store contract: ${test}`);
    problems.push(...failed);
  }
  const runs = new Map(servers.map((name) => [name, runSuite(name, env, positionals)]));
  console.log();
  for (const [name, tests] of runs) console.log(summary(name, tests));
  const all = [...runs.values()].flat();
  const failed = all.some(({ outcome }) => outcome.kind === "failed");
  for (const { file, name, outcome } of all) {
    if (outcome.kind === "failed") console.log(`FAILED ${file}: ${name}`);
  }
  // A part of the suite says nothing of the whole table.
  const current = failed || !whole || settleTable(runs, values.update);
  if (failed || problems.length > 0 || !current || all.length === 0) process.exitCode = 1;
}

await main();
