import { DatasetError } from "@roboflow/dataset";
import { DistributedError } from "@roboflow/distributed";
import { SourceError } from "@roboflow/sources";
import { describe, expect, it } from "vitest";
import { CliError } from "./error.js";
import { ExitCode, exitCodeOf } from "./exit-code.js";

describe("exitCodeOf", () => {
  it.each([
    [new CliError("ERR_ROBOFLOW_CLI_USAGE", "x"), ExitCode.usage],
    [new SourceError("ERR_ROBOFLOW_SOURCE_CORRUPT", "x"), ExitCode.badInput],
    [new DatasetError("ERR_ROBOFLOW_CONFIG_INVALID", "x"), ExitCode.config],
    [new DatasetError("ERR_ROBOFLOW_CONFIG_NOT_FOUND", "x"), ExitCode.config],
    [new DistributedError("ERR_ROBOFLOW_CONFIG_MISSING", "x"), ExitCode.notFound],
    [new DistributedError("ERR_ROBOFLOW_JOB_NOT_FOUND", "x"), ExitCode.notFound],
    [new DistributedError("ERR_ROBOFLOW_STORE_UNAVAILABLE", "x"), ExitCode.storeUnavailable],
    [new CliError("ERR_ROBOFLOW_CLI_PARTIAL", "x"), ExitCode.partial],
    [new DOMException("x", "AbortError"), ExitCode.interrupted],
    [new TypeError("x"), ExitCode.internal],
  ])("gives %s its class", (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});
