import { assembleArtifacts, convertSource } from "@roboflow/dataset";
import { serveChild, type ConversionContext } from "@roboflow/distributed";
import { createStorage, type Storage } from "@roboflow/storage";

// The worker, which started this process, has settled where temporary files go.
const scratchDir = process.env["ROBOFLOW_SCRATCH"];
const scratch = scratchDir === undefined || scratchDir === "" ? {} : { scratchDir };

serveChild({
  async convert(request, context) {
    await using storage = storageFor(context);
    return await convertSource(request, { ...context, ...scratch, storage });
  },
  async assemble(request, context) {
    await using storage = storageFor(context);
    return await assembleArtifacts(request, { ...context, ...scratch, storage });
  },
});

/** The worker counts what is tried again. */
function storageFor({ logger, onRetry }: ConversionContext): Storage {
  return createStorage({ logger, ...(onRetry && { onRetry }) });
}
