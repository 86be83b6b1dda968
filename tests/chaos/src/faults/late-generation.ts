import type { Scene } from "../run/scene.js";
import { ALL_SERVERS, type Fault } from "./fault.js";
import { finalizersApart } from "./machines.js";

export const lateGeneration: Fault = {
  name: "late-generation",
  about: "SIGSTOP of a finalizer that publishes a part, SIGCONT while another publishes the whole",
  servers: ALL_SERVERS,
  machines: finalizersApart,
  async submit(scene) {
    await scene.submit();
    const batchId = await cancelOne(scene);
    if (batchId === undefined) return;
    await scene.when(async () => {
      const batch = await scene.batch();
      return batch?.status === "Sealed" && batch.hold !== null ? batch : undefined;
    });
    await scene.command("batches", "finalize", batchId, "--allow-partial");
    const worker = await scene.when(async () => {
      const batch = await scene.batch();
      if (batch?.status === "Finalizing") return scene.workerOf(batch.worker);
      return batch?.status === "Partial" ? "published" : undefined;
    });
    await scene.wait(0, 1_500);
    const process = worker === "published" ? undefined : worker.process;
    process?.signal("SIGSTOP", { whole: scene.random.chance(0.7) });
    scene.figures.count("pauses");
    try {
      await scene.when(async () =>
        (await scene.batch())?.status === "Partial" ? true : undefined,
      );
      await scene.command("batches", "retry", batchId);
      scene.figures.count("second generations");
      // From before its last job is converted to long after it is published.
      await scene.wait(0, 12_000);
    } finally {
      process?.signal("SIGCONT", { whole: true });
    }
  },
  inflict: async () => {},
};

/** Cancels the longest job. @returns its batch; undefined if it was done already */
async function cancelOne(scene: Scene): Promise<string | undefined> {
  const url = scene.site.recordings.at(-1);
  const open = [...(await scene.jobs("Pending")), ...(await scene.jobs("Processing"))];
  const job = open.find(({ source }) => source.url === url);
  if (job === undefined) return undefined;
  await scene.command("jobs", "cancel", job.id);
  return job.batchId;
}
