import { TopicReport } from "@roboflow/dataset";
import type { Attempt, JobRecord } from "@roboflow/distributed";
import { z } from "zod";
import { formatDuration } from "./format.js";
import { table } from "./table.js";

/** A job for people: its state, attempts, and what became of each topic's messages. */
export function describeJob(job: JobRecord): string[] {
  const lines = [
    `job        ${job.id}`,
    `status     ${job.status}`,
    `recording  ${job.source.url}`,
    `output     ${job.output}`,
    `batch      ${job.batchId}, place ${job.ordinal}`,
    `config     ${job.configHash}`,
    `priority   ${job.priority}`,
    `task       ${job.task ?? "(from the config)"}`,
    `submitted  ${new Date(job.createdAt).toISOString()} by ${job.submittedBy}`,
  ];
  const waits = waitsFor(job);
  if (waits !== undefined) lines.push(`waits      ${waits}`);
  if ("error" in job) {
    lines.push(`error      ${job.error.message}`);
    if (job.error.hint !== undefined) lines.push(`hint       ${job.error.hint}`);
    lines.push(`code       ${job.error.code}`);
  }
  if (job.status === "Processing" && job.progress !== null) {
    lines.push(`progress   ${job.progress.framesDone}/${job.progress.framesTotal ?? "?"} frames`);
  }
  if (job.attempts.length > 0)
    lines.push("", ...table(["attempt", "worker", "outcome"], job.attempts.map(attemptRow)));
  if (job.status === "Completed") {
    lines.push("", `${job.result.episodes} episode, ${job.result.frames} frames`);
    lines.push(...job.result.warnings.map((warning) => `warning: ${warning}`));
    lines.push(...describeTopics(job.result.report));
  }
  return lines;
}

/** Why no worker may take a pending job yet; undefined if any may, or if it is not pending. */
export function waitsFor(job: JobRecord): string | undefined {
  if (job.status !== "Pending") return undefined;
  if (job.notBefore !== null) return `until ${new Date(job.notBefore).toISOString()}`;
  return job.admission === "waiting" ? "for its batch's limit or pause" : undefined;
}

function attemptRow(attempt: Attempt): (string | number)[] {
  const took =
    "endedAt" in attempt
      ? ` after ${formatDuration((attempt.endedAt - attempt.startedAt) / 1000)}`
      : "";
  const ended = "error" in attempt ? attempt.error : undefined;
  const error = ended === undefined ? "" : `: ${ended.code} ${ended.message}`;
  // Only what an outage ended was handed back with an error.
  const outcome = attempt.outcome === "handedBack" && ended ? "put off" : attempt.outcome;
  return [attempt.epoch, attempt.worker, `${outcome}${took}${error}`];
}

/** Reports of another version are left out rather than shown wrong. */
function describeTopics(report: unknown): string[] {
  const topics = z.array(TopicReport).safeParse(report);
  if (!topics.success || topics.data.length === 0) return [];
  const rows = topics.data.map((topic) => [
    topic.topic,
    topic.feature,
    topic.messages,
    topic.used,
    topic.dropped,
    topic.held,
    topic.interpolated,
    topic.stale,
    topic.filled,
    [topic.skewMs.p50, topic.skewMs.p95, topic.skewMs.max].map((ms) => ms.toFixed(1)).join(" / "),
  ]);
  const header = [
    "topic",
    "feature",
    "messages",
    "used",
    "dropped",
    "held",
    "interpolated",
    "stale",
    "filled",
  ];
  return table([...header, "skew ms p50 / p95 / max"], rows);
}
