import { RoboflowError } from "@roboflow/core";
import { DistributedError, type DistributedErrorCode } from "../error.js";

/** Codes of `tikv-client` that mean more here than "the store can't be used". */
const CODES: Readonly<Record<string, DistributedErrorCode>> = {
  ERR_ROBOFLOW_TIKV_ABORTED: "ERR_ROBOFLOW_ABORTED",
  ERR_ROBOFLOW_TIKV_CLOSED: "ERR_ROBOFLOW_STORE_CLOSED",
  ERR_ROBOFLOW_TIKV_ENDPOINTS: "ERR_ROBOFLOW_STORE_URL",
  ERR_ROBOFLOW_TIKV_KEY: "ERR_ROBOFLOW_STORE_KEY",
  ERR_ROBOFLOW_TIKV_VALUE: "ERR_ROBOFLOW_STORE_VALUE",
  ERR_ROBOFLOW_TIKV_TRANSACTION_SIZE: "ERR_ROBOFLOW_STORE_VALUE",
};

/** What a failure of the client means for the store at `url`. Errors of others pass unchanged. */
export function tikvFailure(url: string, error: unknown): unknown {
  if (!(error instanceof RoboflowError) || !error.code.startsWith("ERR_ROBOFLOW_TIKV_")) {
    return error;
  }
  const code = CODES[error.code] ?? "ERR_ROBOFLOW_STORE_UNAVAILABLE";
  return new DistributedError(code, `The store ${url}: ${error.message}`, {
    cause: error,
    permanence: error.permanence,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}
