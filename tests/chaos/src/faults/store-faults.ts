import type { Random } from "../random.js";
import type { Scene } from "../run/scene.js";
import type { ClusterControl } from "../store-server/store-server.js";
import type { Fault } from "./fault.js";
import { someMoment } from "./moments.js";

const CLUSTERS = ["testkit", "go"] as const;

function controlOf({ server }: Scene): ClusterControl {
  if (server.kind === "lmdb") throw new Error("this fault needs a cluster");
  return server.control;
}

export const restartStores: Fault = {
  name: "restart-store",
  about: "the stores are gone for some seconds, with every connection to them",
  servers: CLUSTERS,
  async inflict(scene) {
    const control = controlOf(scene);
    for (let times = scene.random.between(1, 3); times > 0; times--) {
      await someMoment(scene);
      await control.stopStores();
      scene.figures.count("store restarts");
      try {
        await scene.wait(100, 6_000);
      } finally {
        await control.startStores();
      }
    }
  },
};

export const moveRegions: Fault = {
  name: "move-regions",
  about: "regions split and their leaders move all the time",
  servers: CLUSTERS,
  async inflict(scene) {
    const control = controlOf(scene);
    for (;;) {
      await scene.wait(20, 200);
      const key = someKey(scene.random);
      if (scene.random.chance(0.3)) {
        if (await control.split(key)) scene.figures.count("splits");
      } else {
        await control.moveLeader(key);
        scene.figures.count("leader moves");
      }
    }
  },
};

/** A key among those of the queue. */
function someKey(random: Random): string {
  const table = random.pick([
    "batches/",
    "configs/",
    "due/",
    "jobs/",
    "locks/",
    "owned/",
    "ready/",
    "status/Completed/",
    "status/Processing/",
    "workers/",
  ]);
  // Within a table, ids of one scenario begin alike: the split lies before or behind them all.
  return `/roboflow/v1/${table}${random.pick(["", "", "0", "1"])}`;
}

export const loseAnswers: Fault = {
  name: "lose-answers",
  about: "commits are done, but their answers are lost",
  servers: CLUSTERS,
  async inflict(scene) {
    const control = controlOf(scene);
    await control.loseCommitAnswers(scene.random.between(3, 12));
    try {
      await scene.untilOver();
    } finally {
      scene.figures.count("lost answers", await control.loseCommitAnswers(0));
    }
  },
};

export const failOverPd: Fault = {
  name: "pd-fail-over",
  about: "the leading member of PD stops, another takes over",
  // The Go server has one member.
  servers: ["testkit"],
  async inflict(scene) {
    const control = controlOf(scene);
    for (let times = scene.random.between(1, 4); times > 0; times--) {
      await someMoment(scene);
      await control.stopPdLeader();
      scene.figures.count("PD fail-overs");
      try {
        await scene.wait(100, 3_000);
      } finally {
        await control.startPd();
      }
    }
  },
};
