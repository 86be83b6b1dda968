import type { ConversionRequest } from "../../src/worker/conversion.js";

const HASH = "ab".repeat(32);

/** A request whose task tells the fixture child what to do. */
export function conversionRequest(task: string | null): ConversionRequest {
  return {
    jobId: "job-1",
    source: { url: "file:///data/1.mcap", size: 1, identity: "i" },
    config: { hash: HASH, content: "" },
    annotation: null,
    task,
    artifactUrl: "file:///data/out/.roboflow/b/job-1/1/",
    options: { strict: false, salvage: false },
    resumeFrom: [],
  };
}
