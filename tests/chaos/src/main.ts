import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chaosOptions, HELP, type ChaosOptions } from "./options.js";
import { killStarted } from "./process/started-process.js";
import { copyProgram } from "./program/copy-program.js";
import { Program } from "./program/program.js";
import { writeRecordings } from "./recordings/episodes.js";
import { runSeeds } from "./run/run-seeds.js";

const print = (line: string): void => console.log(line);

async function main(options: ChaosOptions): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), "roboflow-chaos-"));
  const installed = join(directory, "program");
  const recordings = join(directory, "recordings");
  await copyProgram(installed);
  await writeRecordings(recordings);
  const program = new Program(installed);
  for (const { name, reason } of options.lacking) print(`SKIPPED ${name}: ${reason}`);
  const { scenarios, failed, figures } = await runSeeds(options, {
    program,
    directory,
    recordings,
    print,
  });
  print(
    `\ntest:chaos on ${options.server}: ${scenarios} seeds from ${options.from}, ` +
      `${failed.length} with differences (${figures.toString()})`,
  );
  if (failed.length > 0) {
    print(`Again: pnpm test:chaos --server ${options.server} --seeds 1 --from ${failed[0]}`);
  } else if (!options.keep) await rm(directory, { recursive: true, force: true });
  return failed.length === 0 && scenarios > 0;
}

process.on("exit", killStarted);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

try {
  const options = chaosOptions(process.argv.slice(2));
  if (options === undefined) print(HELP);
  else if (!(await main(options))) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
