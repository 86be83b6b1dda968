import type { JobRecord } from "@roboflow/distributed";
import { basename } from "node:path";
import { progressLine, type FrameRate } from "../io/progress.js";

/** One running job as a progress line. */
export function jobLine(job: JobRecord, rate: FrameRate, columns: number): string {
  const done = job.progress?.framesDone ?? 0;
  return progressLine({
    name: decodeURIComponent(basename(job.source.url)),
    done,
    total: job.progress?.framesTotal ?? undefined,
    perSecond: rate.of(job.id, done),
    columns,
  });
}
