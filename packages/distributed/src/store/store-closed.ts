import { DistributedError } from "../error.js";

export function storeClosed(url: string): DistributedError {
  return new DistributedError("ERR_ROBOFLOW_STORE_CLOSED", `The store ${url} has been closed`);
}
