import type { BatchRecord, JobRecord } from "@roboflow/distributed";
import { contentDifferences, datasetContent } from "../checks/dataset-content.js";
import { storeDefects } from "../checks/store-defects.js";
import { litterOf } from "../checks/litter.js";
import type { Scene } from "./scene.js";
import type { Undisturbed } from "./undisturbed.js";

export interface Judged {
  readonly scene: Scene;
  readonly undisturbed: Undisturbed;
}

/** Codes that a recording which changed after the submit may fail with. */
const CHANGED = new Set(["ERR_ROBOFLOW_SOURCE_CHANGED"]);

/** A batch that waits for a decision has a cause, and has published nothing. */
export async function judgeUndecided({ scene }: Judged, batch: BatchRecord): Promise<string[]> {
  const { storage, outputUrl } = scene.site;
  const content = await datasetContent(storage, outputUrl);
  const jobs = await allJobs(scene);
  const caused = batch.status === "Failed" || jobs.some(({ status }) => status === "Failed");
  return [
    ...[...content.keys()].map((path) => `${path} was published before the decision`),
    ...(caused ? [] : ["the batch waits without cause"]),
  ];
}

/** Compares what has become of the batch with what must have. */
export async function judge({ scene, undisturbed }: Judged): Promise<string[]> {
  const { queue, figures, fleet } = scene;
  const { recordings, storage, outputUrl } = scene.site;
  const differences = [...fleet.crashes];
  const jobs = await allJobs(scene);
  const { batches } = await queue.listBatches({ limit: 10 });
  const [batch] = batches;
  if (batches.length !== 1) differences.push(`there are ${batches.length} batches`);
  if (jobs.length !== recordings.length) differences.push(`there are ${jobs.length} jobs`);
  for (const job of jobs) differences.push(...judgeJob(job, scene));
  const whole = jobs.every(({ status }) => status === "Completed");
  const status = whole ? "Published" : "Partial";
  if (batch?.status !== status) differences.push(`the batch is ${batch?.status}, not ${status}`);

  const episodes = [...recordings.keys()].filter((episode) =>
    jobs.some((job) => job.status === "Completed" && job.source.url === recordings[episode]),
  );
  const found = await datasetContent(storage, outputUrl);
  const compared = contentDifferences(found, await undisturbed.of(episodes));
  figures.count("datasets compared");
  differences.push(...compared, ...(await storeDefects(queue.store)));
  if (whole) {
    const litter = await litterOf(scene.site);
    differences.push(...litter.map((path) => `${path} was left behind`));
  }
  return differences;
}

function judgeJob(job: JobRecord, { truncated, figures }: Scene): string[] {
  for (const attempt of job.attempts) {
    if (attempt.outcome === "handedBack") figures.count("handed back");
    if (attempt.outcome !== "failed") continue;
    const lost = attempt.error.code === "ERR_ROBOFLOW_LEASE_LOST";
    figures.count(lost ? "lease losses" : "failed attempts");
  }
  const name = `job ${job.id} of ${job.source.url}`;
  switch (job.status) {
    case "Completed":
      figures.count("frames resumed", job.result.resumedFrames ?? 0);
      return [];
    case "Failed": {
      const meant = truncated.has(job.source.url) && CHANGED.has(job.error.code);
      return meant ? [] : [`${name} failed: ${job.error.code} ${job.error.message}`];
    }
    case "Pending":
    case "Processing":
    case "Dead":
    case "Cancelled":
      return [`${name} is ${job.status}`];
  }
}

async function allJobs({ queue }: Scene): Promise<readonly JobRecord[]> {
  return (await queue.listJobs({ limit: 100 })).jobs;
}
