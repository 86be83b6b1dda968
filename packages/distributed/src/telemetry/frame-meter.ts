import type { WorkerEvent } from "../worker/worker-event.js";

interface Meter {
  /** Frames up to which all is counted; undefined until it is known where a resumed job begins. */
  counted: number | undefined;
  /** Where the attempt began. */
  first: number;
}

const ENDS = new Set<WorkerEvent["type"]>(["completed", "failed", "handedBack", "lost"]);

/** Frames that a worker has converted, from what its events tell: each attempt's, resumed ones not. */
export class FrameMeter {
  readonly #meters = new Map<string, Meter>();

  /** @returns frames converted since the last event of the job */
  take(event: WorkerEvent): number {
    if (event.type === "claimed") {
      // A later attempt may begin where another one stopped; its first report tells.
      const again = event.job.attempts.length > 1;
      this.#meters.set(event.jobId, { counted: again ? undefined : 0, first: 0 });
      return 0;
    }
    if (event.type === "progress") return this.#progressed(event.jobId, event.progress.framesDone);
    if (event.type === "completed" && event.job.status === "Completed") {
      return this.#completed(event.jobId, event.job.result);
    }
    if (ENDS.has(event.type) && "jobId" in event) this.#meters.delete(event.jobId);
    return 0;
  }

  #progressed(jobId: string, framesDone: number): number {
    const meter = this.#meters.get(jobId);
    if (meter === undefined) return 0;
    if (meter.counted === undefined) {
      meter.counted = framesDone;
      meter.first = framesDone;
      return 0;
    }
    const more = Math.max(0, framesDone - meter.counted);
    meter.counted += more;
    return more;
  }

  /** What no report told of, as reports are throttled. */
  #completed(
    jobId: string,
    {
      frames,
      resumedFrames = 0,
    }: { readonly frames: number; readonly resumedFrames?: number | undefined },
  ): number {
    const { counted = 0, first = 0 } = this.#meters.get(jobId) ?? {};
    this.#meters.delete(jobId);
    return Math.max(0, frames - resumedFrames - (counted - first));
  }
}
