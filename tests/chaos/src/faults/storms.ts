import { ALL_SERVERS, type Fault } from "./fault.js";
import { killChildren, killWorkers } from "./kills.js";
import { objectStoreErrors } from "./object-store-faults.js";
import { pauseWorkers, twoFinalizers } from "./pauses.js";
import { failOverPd, loseAnswers, moveRegions, restartStores } from "./store-faults.js";

/** What leaves room for others beside it. */
const PARTS: readonly Fault[] = [
  killWorkers,
  killChildren,
  pauseWorkers,
  twoFinalizers,
  restartStores,
  moveRegions,
  loseAnswers,
  failOverPd,
  objectStoreErrors,
];

export const storm: Fault = {
  name: "storm",
  about: "three of the other faults at once",
  servers: ALL_SERVERS,
  async inflict(scene) {
    const { random, server, site } = scene;
    const left = PARTS.filter(
      ({ servers, sites }) => servers.includes(server.kind) && (sites?.includes(site.kind) ?? true),
    );
    const chosen: Fault[] = [];
    while (chosen.length < 3 && left.length > 0) {
      chosen.push(...left.splice(random.between(0, left.length - 1), 1));
    }
    for (const { name } of chosen) scene.figures.count(`(${name})`);
    await Promise.all(chosen.map((fault) => fault.inflict(scene)));
  },
};
