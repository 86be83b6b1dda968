import { describeExactDecisions, describeStorage } from "../storage.contract.js";
import { externalRig, isExternal } from "./external-rig.js";
import { s3Rig } from "./s3-rig.js";

// `pnpm test:s3` runs this on a real server.
if (isExternal()) {
  describeStorage("s3: on a server", externalRig);
  describeExactDecisions("s3: on a server", externalRig);
} else {
  describeStorage("s3:", () => s3Rig());
  describeExactDecisions("s3:", () => s3Rig());
  describeStorage("oss:", () => s3Rig({ dialect: "oss" }));
}
