import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../root.js";
import { startServer } from "./start-server.js";
import { readSuite, type SuiteTest } from "./suite-report.js";

const PACKAGE = join(ROOT, "packages/distributed");
const REPORT = join(PACKAGE, "node_modules/.cache/contract-report.json");

/** One engine of the store interface, and what became of the contract's tests on it. */
interface Engine {
  readonly name: string;
  readonly tests: readonly SuiteTest[];
}

/**
 * The contract suite of the store on every engine, and on a real PD where `programs` has one.
 * @returns what failed
 */
export async function runStoreContract(
  programs: string | undefined,
  print: (line: string) => void,
): Promise<string[]> {
  const engines: Engine[] = [
    { name: "memory", tests: run("memory-store") },
    { name: "LMDB", tests: run("lmdb-store") },
    { name: "TiKV: the testkit", tests: run("tikv-store") },
  ];
  if (programs !== undefined) {
    await using server = await startServer(programs, { stores: 3, regionSize: 0 });
    const tests = run("tikv-store", { ROBOFLOW_TEST_TIKV: server.pd });
    engines.push({ name: "TiKV: a real PD and unistore in Go", tests });
  }
  print("\n| engine | tests of the store contract passed | failed |");
  print("| --- | --- | --- |");
  for (const { name, tests } of engines) {
    const passed = tests.filter(({ outcome }) => outcome.kind === "passed").length;
    print(`| ${name} | ${passed} | ${tests.length - passed} |`);
  }
  return engines.flatMap(({ name, tests }) => [
    ...(tests.length === 0 ? [`${name}: no test ran`] : []),
    ...tests
      .filter(({ outcome }) => outcome.kind !== "passed")
      .map((test) => `${name}: ${test.name}`),
  ]);
}

function run(engine: string, env: NodeJS.ProcessEnv = {}): SuiteTest[] {
  rmSync(REPORT, { force: true });
  const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${REPORT}`];
  const file = `src/store/${engine}.contract.test.ts`;
  spawnSync("pnpm", ["exec", "vitest", "run", ...reporters, file], {
    cwd: PACKAGE,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  return existsSync(REPORT) ? readSuite(REPORT) : [];
}
