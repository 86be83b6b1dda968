import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DatasetSummary } from "./demo/expected.js";
import { describeDataset } from "./demo/describe-dataset.js";
import { describeAttempts, type AttemptedJob } from "./fleet/describe-attempts.js";
import { Machine, type LogLine, type RunningWorker } from "./fleet/machine.js";
import { ObjectStore } from "./fleet/object-store.js";
import { startObjectServer, startStore } from "./fleet/start-services.js";
import { findPython } from "./oracle/find-python.js";
import { judgeDataset } from "./oracle/judge.js";
import { ROOT } from "./root.js";

const OUT = join(ROOT, "examples/out/fleet");
const EXAMPLE = join(ROOT, "examples/pick");
/** Each recording twice: enough for three workers to have something left when one dies. */
const EPISODES = [0, 1, 2, 0, 1, 2] as const;
const OUTPUT = "s3://datasets/pick";
/** Where it is copied to at the end, for Python. */
const DATASET = join(OUT, "dataset");
/** Short, so that nobody waits two minutes for the dead worker's job. */
const WORKER = ["--lease", "10", "--heartbeat", "2"];

async function main(): Promise<void> {
  await rm(OUT, { recursive: true, force: true });
  await using store = await startStore(console.log);
  await using objects = await startObjectServer(console.log);
  console.log(`Store: ${store.name} (${store.endpoints})`);
  console.log(`Object storage: ${objects.name} (${objects.env["AWS_ENDPOINT_URL_S3"]})`);
  const services = { TIKV_PD_ENDPOINTS: store.endpoints, ...objects.env };
  using s3 = new ObjectStore(objects.env);
  await s3.createBucket("robots");
  await s3.createBucket("datasets");
  for (const [index, episode] of EPISODES.entries())
    await s3.upload(join(EXAMPLE, `episode_${episode}.mcap`), "robots", `pick/run_${index}.mcap`);

  const submitter = await Machine.create("submitter", OUT, services);
  await copyFile(join(EXAMPLE, "robot.toml"), join(submitter.directory, "robot.toml"));
  const from = ["s3://robots/pick/*.mcap", "--config", "robot.toml", "--output", OUTPUT];
  const { batchId } = (await submitter.json("submit", ...from)) as { batchId: string };
  console.log(`Submitted ${EPISODES.length} recordings of s3://robots/pick/ as batch ${batchId}`);
  await rm(submitter.directory, { recursive: true });
  console.log("The submitter's machine is gone, and the only file with the config with it");

  const names = await convert(services);
  const operator = await Machine.create("operator", OUT, services);
  const listed = await operator.json("jobs", "list", "--batch", batchId);
  const { jobs } = listed as { jobs: readonly AttemptedJob[] };
  for (const line of describeAttempts(jobs, names)) console.log(line);
  console.log(`Checking ${OUTPUT}`);
  // Throws if anything is wrong with files, counts, offsets, statistics or a single frame.
  await operator.json("dataset", "verify", OUTPUT);
  const summary = (await operator.json("dataset", "info", OUTPUT)) as DatasetSummary;
  if (summary.episodes !== EPISODES.length)
    throw new Error(`${summary.episodes} episodes, expected ${EPISODES.length}`);
  await judge(s3, jobs);
  console.log(describeDataset(summary, { title: OUTPUT, directory: DATASET }));
}

/** Lets three workers convert the batch and kills one; gives the workers' names by their ids. */
async function convert(services: Readonly<Record<string, string>>): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  const start = async (name: string): Promise<RunningWorker> => {
    const machine = await Machine.create(name, OUT, services);
    return machine.startWorker(WORKER, (line) => {
      if (line.message === "converting") names.set(String(line["worker"]), name);
      console.log(`[${name}] ${describeLine(line)}`);
    });
  };
  console.log("Three workers start on three machines with empty disks");
  const [first, victim, third] = await Promise.all([
    start("worker 1"),
    start("worker 2"),
    start("worker 3"),
  ]);
  const published = Promise.race([first.said("published"), third.said("published")]);
  await Promise.race([victim.said("converting"), published]);
  await victim.kill();
  console.log("Killed worker 2 with SIGKILL in the middle of its conversion");
  await published;
  await Promise.all([first.drain(), third.drain()]);
  return names;
}

function describeLine({ level, message, recording, frames }: LogLine): string {
  const about = [
    ...(typeof recording === "string" ? [recording] : []),
    ...(typeof frames === "number" ? [`${frames} frames`] : []),
  ];
  return [level === "info" ? message : `${level}: ${message}`, ...about].join(" ");
}

async function judge(s3: ObjectStore, jobs: readonly AttemptedJob[]): Promise<void> {
  await s3.download("datasets", "pick/", DATASET);
  const found = await findPython(console.log, { install: false });
  if (found.kind === "unavailable") {
    console.log(`SKIPPED the judgement of lerobot: ${found.reason}`);
    return;
  }
  // The fixtures have the same recordings, and what must come of them.
  const recordings = EPISODES.map((episode) => `12_episode_${episode}.mcap`);
  const one = { name: "fleet", recordings, outcome: { kind: "dataset" } } as const;
  const context = { python: found.python, dataset: DATASET, workDir: OUT };
  const problems = await judgeDataset(one, { jobs, log: "" }, context);
  if (problems.length > 0) throw new Error(`lerobot refuses the dataset:\n${problems.join("\n")}`);
  console.log("lerobot itself accepts the dataset, frame by frame");
}

try {
  await main();
} catch (error) {
  console.error(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
