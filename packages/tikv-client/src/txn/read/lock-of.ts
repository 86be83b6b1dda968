import type { kvrpcpb } from "@roboflow/tikv-proto";
import type { Cluster } from "../../cluster.js";
import { keyFailure } from "../key-error.js";

/** @throws TikvError for any other error of a key */
export function lockOf(cluster: Cluster, error: kvrpcpb.KeyError): kvrpcpb.LockInfo {
  if (error.locked === undefined) throw keyFailure(cluster.codec, error);
  return error.locked;
}
