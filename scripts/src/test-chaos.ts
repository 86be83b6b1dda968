import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./root.js";
import { buildGo } from "./tikv/go-programs.js";
import { SERVER } from "./tikv/tools.js";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const args = process.argv.slice(2);

/** Arguments for what needs a program in Go; undefined: it can't be had. */
async function goArguments(): Promise<readonly string[] | undefined> {
  if (!/--server[ =]go\b/.test(args.join(" "))) return [];
  const built = await buildGo(SERVER, console.log);
  if (built.kind === "ready") return ["--go-programs", built.dir];
  console.log(`SKIPPED test:chaos on Go: ${built.reason}`);
  return undefined;
}

const go = await goArguments();
if (go !== undefined) {
  const main = join(ROOT, "tests/chaos/src/main.ts");
  const { status } = spawnSync(
    process.execPath,
    ["--conditions=@roboflow/source", "--import", tsx, main, ...args, ...go],
    { cwd: ROOT, stdio: "inherit" },
  );
  process.exitCode = status ?? 1;
}
