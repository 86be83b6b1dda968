import type { FaultRule } from "@roboflow/s3-testkit";
import type { Scene } from "../run/scene.js";
import { ALL_SERVERS, type Fault } from "./fault.js";

/** From now on to the end of the batch. */
async function inflict(scene: Scene, rules: readonly FaultRule[]): Promise<void> {
  const { site } = scene;
  if (site.kind !== "s3") throw new Error("this fault needs an object store");
  for (const rule of rules) await site.control.inflict(rule);
  try {
    await scene.untilOver();
  } finally {
    scene.figures.count("S3 faults", await site.control.calm());
  }
}

export const objectStoreErrors: Fault = {
  name: "s3-errors",
  about: "S3 answers with errors, cuts connections, and does what it was asked without an answer",
  servers: ALL_SERVERS,
  sites: ["s3"],
  inflict: (scene) => {
    const rule = (action: FaultRule["action"], probability: number): FaultRule => ({
      probability,
      seed: scene.random.between(0, 2 ** 31),
      action,
    });
    const share = scene.random.between(2, 8) / 100;
    return inflict(scene, [
      rule({ kind: "error", status: 503, code: "SlowDown" }, share),
      rule({ kind: "error", status: 500, code: "InternalError" }, share),
      rule({ kind: "disconnect" }, share),
      rule({ kind: "lose-answer" }, share),
    ]);
  },
};

export const slowObjectStore: Fault = {
  name: "s3-slow",
  about: "S3 is slow, and cuts downloads and uploads in the middle",
  servers: ALL_SERVERS,
  sites: ["s3"],
  inflict: (scene) => {
    const { random } = scene;
    const seed = (): number => random.between(0, 2 ** 31);
    return inflict(scene, [
      {
        operation: "GetObject",
        probability: 0.1,
        seed: seed(),
        action: { kind: "cut", afterBytes: random.between(0, 50_000) },
      },
      {
        operation: "GetObject",
        probability: 0.1,
        seed: seed(),
        action: { kind: "throttle", bytesPerSecond: 100_000 },
      },
      { method: "PUT", probability: 0.1, seed: seed(), action: { kind: "disconnect" } },
      {
        probability: 0.3,
        seed: seed(),
        action: { kind: "delay", ms: random.between(20, 1_000) },
      },
    ]);
  },
};
