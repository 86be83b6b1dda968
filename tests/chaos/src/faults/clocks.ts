import { ALL_SERVERS, type Fault } from "./fault.js";
import { killWorkers } from "./kills.js";

const HOUR_MS = 3_600_000;

export const wrongClocks: Fault = {
  name: "wrong-clocks",
  about: "the clocks of workers are an hour ahead or behind, and one of them is killed",
  servers: ALL_SERVERS,
  machines: (random, program) => {
    const skews = random.pick([
      [HOUR_MS, -HOUR_MS, 0],
      [HOUR_MS, 0, HOUR_MS],
      [-HOUR_MS, 0, -HOUR_MS],
    ]);
    return skews.map((skewMs) => (skewMs === 0 ? {} : { env: program.wrongClock(skewMs) }));
  },
  inflict: (scene) => killWorkers.inflict(scene),
};
