import { describeExactDecisions, describeStorage } from "../storage.contract.js";
import { s3Rig } from "./s3-rig.js";

describeStorage("s3:", () => s3Rig());
describeExactDecisions("s3:", () => s3Rig());
describeStorage("oss:", () => s3Rig({ dialect: "oss" }));
