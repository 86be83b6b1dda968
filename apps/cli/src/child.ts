import { assembleArtifacts, convertSource } from "@roboflow/dataset";
import { serveChild } from "@roboflow/distributed";

// The worker, which started this process, has settled where temporary files go.
const scratchDir = process.env["ROBOFLOW_SCRATCH"];
const scratch = scratchDir === undefined || scratchDir === "" ? {} : { scratchDir };

serveChild({
  convert: (request, context) => convertSource(request, { ...context, ...scratch }),
  assemble: (request, context) => assembleArtifacts(request, { ...context, ...scratch }),
});
