import { DatasetError } from "@roboflow/dataset";
import { DistributedError, type DistributedErrorCode } from "@roboflow/distributed";
import { SourceError } from "@roboflow/sources";
import { describe, expect, it } from "vitest";
import { CliError } from "./error.js";
import { ExitCode, exitCodeOf } from "./exit-code.js";

const transient = (code: DistributedErrorCode): DistributedError =>
  new DistributedError(code, "x", { permanence: "transient" });

describe("exitCodeOf", () => {
  it.each([
    [new CliError("ERR_ROBOFLOW_CLI_USAGE", "x"), ExitCode.usage],
    [new SourceError("ERR_ROBOFLOW_SOURCE_CORRUPT", "x"), ExitCode.badInput],
    [new DatasetError("ERR_ROBOFLOW_CONFIG_INVALID", "x"), ExitCode.config],
    [new DatasetError("ERR_ROBOFLOW_CONFIG_NOT_FOUND", "x"), ExitCode.config],
    [new DistributedError("ERR_ROBOFLOW_CONFIG_MISSING", "x"), ExitCode.notFound],
    [new DistributedError("ERR_ROBOFLOW_JOB_NOT_FOUND", "x"), ExitCode.notFound],
    [transient("ERR_ROBOFLOW_STORE_UNAVAILABLE"), ExitCode.storeUnavailable],
    [transient("ERR_ROBOFLOW_STORE_CONFLICT"), ExitCode.storeUnavailable],
    // Another cluster, no CA file: waiting does not help.
    [new DistributedError("ERR_ROBOFLOW_STORE_UNAVAILABLE", "x"), ExitCode.usage],
    [new DistributedError("ERR_ROBOFLOW_STORE_URL", "x"), ExitCode.usage],
    [new DistributedError("ERR_ROBOFLOW_STORE_VALUE", "x"), ExitCode.badInput],
    [new DistributedError("ERR_ROBOFLOW_BATCH_STATE", "x"), ExitCode.badInput],
    [new CliError("ERR_ROBOFLOW_CLI_PARTIAL", "x"), ExitCode.partial],
    [new DOMException("x", "AbortError"), ExitCode.interrupted],
    [new TypeError("x"), ExitCode.internal],
  ])("gives %s its class", (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});
