import { spawn } from "node:child_process";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { CLI, Cli } from "./cli.js";
import { describeDataset } from "./demo/describe-dataset.js";
import { differences, EXPECTED, type DatasetSummary } from "./demo/expected.js";
import { prefixLines } from "./demo/prefix-lines.js";
import { ROOT } from "./root.js";

const EXAMPLE = join(ROOT, "examples/pick");
const OUT = join(ROOT, "examples/out");
const DATASET = join(OUT, "pick");

/** Starts a command whose output appears line by line; throws if it fails. */
async function show(cli: Cli, label: string, ...args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [...CLI, ...args], {
    cwd: ROOT,
    env: cli.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const prefix = `[${label}] `;
  await Promise.all([
    prefixLines(child.stdout, prefix, console.log),
    prefixLines(child.stderr, prefix, console.log),
  ]);
  const exitCode = await ended;
  if (exitCode !== 0) throw new Error(`${label} ended with exit code ${exitCode}`);
}

async function main(): Promise<void> {
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  const cli = new Cli(`lmdb:${join(OUT, "store")}`);

  const files = (await readdir(EXAMPLE)).filter((name) => name.endsWith(".mcap")).sort();
  const recordings = files.map((name) => join(EXAMPLE, name));
  const config = join(EXAMPLE, "robot.toml");
  console.log(`Submitting ${files.join(", ")} with ${relative(ROOT, config)}`);
  const submitted = await cli.json(
    "submit",
    ...recordings,
    "--config",
    config,
    "--output",
    DATASET,
  );
  const { batchId } = submitted as { batchId: string };

  console.log(`Converting batch ${batchId} with two worker processes`);
  await Promise.all([
    show(cli, "worker 1", "worker", "--drain"),
    show(cli, "worker 2", "worker", "--drain"),
    show(cli, "progress", "batches", "watch", batchId),
  ]);

  console.log("Checking the dataset");
  // Throws if anything is wrong with files, counts, offsets, statistics or a single frame.
  await cli.json("dataset", "verify", DATASET);
  const summary = (await cli.json("dataset", "info", DATASET)) as DatasetSummary;
  const problems = differences(summary, EXPECTED);
  if (problems.length > 0)
    throw new Error(`The dataset is not what it must be:\n${problems.join("\n")}`);
  console.log(describeDataset(summary, { title: DATASET, directory: DATASET }));
}

try {
  await main();
} catch (error) {
  console.error(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
