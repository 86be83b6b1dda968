import type { Action } from "@roboflow/s3-testkit";
import { describeExactDecisions, describeStorage } from "../storage.contract.js";
import { externalRig, isExternal } from "./external-rig.js";
import { type S3Rig, s3Rig } from "./s3-rig.js";

// `pnpm test:s3` runs this on a real server.
if (isExternal()) {
  describeStorage("s3: on a server", externalRig);
  describeExactDecisions("s3: on a server", externalRig);
} else {
  describeStorage("s3:", () => s3Rig());
  describeExactDecisions("s3:", () => s3Rig());
  describeStorage("oss:", () => s3Rig({ dialect: "oss" }));
  describeStorage("s3: under faults", faultyRig);
  describeExactDecisions("s3: under faults", faultyRig);
}

/** About every fifth request goes wrong, in one of the ways that must change nothing. */
async function faultyRig(): Promise<S3Rig> {
  const rig = await s3Rig({ s3: { maxAttempts: 20 } });
  const actions: readonly Action[] = [
    { kind: "error", status: 503, code: "SlowDown" },
    { kind: "disconnect" },
    { kind: "lose-answer" },
    { kind: "cut", afterBytes: 1000 },
  ];
  for (const [seed, action] of actions.entries()) {
    rig.server.intercept({ probability: 0.06, seed, action });
  }
  return rig;
}
