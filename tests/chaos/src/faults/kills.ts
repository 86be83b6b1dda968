import { signalAll } from "../process/process-tree.js";
import type { Scene } from "../run/scene.js";
import { ALL_SERVERS, type Fault } from "./fault.js";
import { finalizersApart } from "./machines.js";
import { someMoment, whileFinalizing } from "./moments.js";

export const killWorkers: Fault = {
  name: "kill-worker",
  about: "kill -9 of workers, alone or with their children, at random instants",
  servers: ALL_SERVERS,
  async inflict(scene) {
    for (let kills = scene.random.between(1, 3); kills > 0; kills--) {
      const worker = await someMoment(scene);
      await scene.fleet.kill(worker, { whole: scene.random.chance(0.5) });
      scene.figures.count("kills");
    }
  },
};

export const killAtCommit: Fault = {
  name: "kill-at-commit",
  about: "kill -9 of a worker, or of all, in the middle of some commit",
  // Of the servers, only the testkit can be asked to wait for one.
  servers: ["testkit"],
  async inflict(scene) {
    const { server, random, fleet, over } = scene;
    if (server.kind !== "testkit") throw new Error("this fault needs the testkit");
    for (let kills = random.between(2, 4); kills > 0; kills--) {
      const holdMs = random.chance(0.5) ? 40 : 0;
      const commits = server.control.waitForCommits(random.between(1, 60), holdMs);
      await Promise.race([commits, scene.untilOver()]);
      if (over.aborted) return;
      // Who sent it is not known; all of them are sure to be right.
      const victims = random.chance(0.5) ? fleet.workers : [scene.anyWorker()];
      const whole = random.chance(0.5);
      for (const victim of victims) if (victim !== undefined) await fleet.kill(victim, { whole });
      scene.figures.count("kills", victims.length);
    }
  },
};

export const killChildren: Fault = {
  name: "kill-child",
  about: "kill -9 of the processes that convert and assemble",
  servers: ALL_SERVERS,
  async inflict(scene) {
    for (let kills = scene.random.between(1, 4); kills > 0; kills--) {
      await someMoment(scene);
      const child = await scene.when(() =>
        scene.random.pick(scene.fleet.workers.flatMap(({ process }) => process?.children() ?? [])),
      );
      scene.figures.count("kills", signalAll([child], "SIGKILL"));
    }
  },
};

export const killFinalizer: Fault = {
  name: "kill-finalizer",
  about: "kill -9 of the worker that assembles or publishes",
  servers: ALL_SERVERS,
  machines: finalizersApart,
  async inflict(scene) {
    for (let kills = scene.random.between(1, 3); kills > 0; kills--) {
      const worker = await whileFinalizing(scene);
      await scene.fleet.kill(worker, { whole: scene.random.chance(0.5) });
      scene.figures.count("kills");
    }
  },
};

export const killSubmitter: Fault = {
  name: "kill-submitter",
  about: "kill -9 of the submit command, which is then run again",
  servers: ALL_SERVERS,
  async submit(scene) {
    for (let kills = scene.random.between(1, 3); kills > 0; kills--) {
      const submitter = await scene.startSubmit();
      await Promise.race([whileSubmitting(scene), submitter.ended]);
      if (!submitter.isRunning) continue;
      submitter.signal("SIGKILL", { whole: true });
      scene.figures.count("kills");
      await submitter.ended;
    }
    await scene.submit();
  },
  inflict: async () => {},
};

/** From the start of the command to its last transaction. */
async function whileSubmitting(scene: Scene): Promise<void> {
  if (scene.random.chance(0.3)) return scene.wait(300, 3_000);
  // Its transactions: the config first, then the batch with its jobs.
  const configOnly = scene.random.chance(0.3) && !(await scene.hasConfig());
  await scene.when(async () => {
    const found = configOnly ? await scene.hasConfig() : (await scene.batch()) !== undefined;
    return found ? true : undefined;
  });
  // Once the batch is there, a further submit may get anywhere before it notices.
  return scene.wait(0, scene.random.pick([20, 100, 2_000]));
}
