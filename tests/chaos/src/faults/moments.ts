import type { Worker } from "../fleet/fleet.js";
import type { Scene } from "../run/scene.js";

/** A moment in the life of a batch, and the worker that it is about. */
type Moment = (scene: Scene) => Promise<Worker>;

/** From before the submit to somewhere on the way. */
const atAnyTime: Moment = async (scene) => {
  await scene.wait(0, 8_000);
  return scene.when(() => scene.anyWorker());
};

const whileConverting: Moment = async (scene) => {
  const worker = await scene.when(async () => {
    const job = scene.random.pick(await scene.jobs("Processing"));
    return job?.status === "Processing" ? scene.workerOf(job.owner) : undefined;
  });
  await scene.wait(0, 1_500);
  return worker;
};

/** The worker that assembles or publishes. */
export const whileFinalizing: Moment = async (scene) => {
  const worker = await scene.when(async () => {
    const batch = await scene.batch();
    return batch?.status === "Finalizing" ? scene.workerOf(batch.worker) : undefined;
  });
  await scene.wait(0, 1_200);
  return worker;
};

/** Files are moved to their place, or about to be. */
const whilePublishing: Moment = (scene) =>
  scene.when(async () => {
    const batch = await scene.batch();
    const publishing = batch?.status === "Finalizing" && batch.phase === "publishing";
    return publishing ? scene.workerOf(batch.worker) : undefined;
  });

/** At random; all of them come up in a few seeds. */
export function someMoment(scene: Scene): Promise<Worker> {
  const moment = scene.random.pick([
    atAnyTime,
    whileConverting,
    whileConverting,
    whileFinalizing,
    whilePublishing,
  ]);
  return moment(scene);
}
