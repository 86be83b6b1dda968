import { LEASE_MS } from "../fleet/fleet.js";
import { ALL_SERVERS, type Fault } from "./fault.js";
import { finalizersApart } from "./machines.js";
import { someMoment, whileFinalizing } from "./moments.js";

export const pauseWorkers: Fault = {
  name: "pause-worker",
  about: "SIGSTOP of a worker past its lease, then SIGCONT",
  servers: ALL_SERVERS,
  async inflict(scene) {
    for (let pauses = scene.random.between(1, 2); pauses > 0; pauses--) {
      const { process } = await someMoment(scene);
      if (process === undefined) continue;
      // A worker that stands still while its child works, or a machine that does.
      const whole = scene.random.chance(0.5);
      process.signal("SIGSTOP", { whole });
      scene.figures.count("pauses");
      try {
        await scene.wait(LEASE_MS, LEASE_MS * 4);
      } finally {
        process.signal("SIGCONT", { whole: true });
      }
    }
  },
};

export const twoFinalizers: Fault = {
  name: "two-finalizers",
  about:
    "SIGSTOP of a finalizer until another has taken over, then SIGCONT: both believe they lead",
  servers: ALL_SERVERS,
  machines: finalizersApart,
  async inflict(scene) {
    const { process } = await whileFinalizing(scene);
    const before = await scene.when(() => scene.batch());
    if (process === undefined || before.status !== "Finalizing") return;
    const { token } = before;
    process.signal("SIGSTOP", { whole: scene.random.chance(0.7) });
    try {
      await scene.when(async () => {
        const batch = await scene.batch();
        return batch?.status === "Finalizing" && batch.token > token ? batch : undefined;
      });
      scene.figures.count("second finalizers");
      await scene.wait(0, 1_500);
    } finally {
      process.signal("SIGCONT", { whole: true });
    }
  },
};
