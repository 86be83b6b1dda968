import { describe, expect, it } from "vitest";
import { RoboflowError } from "./error.js";

class SampleError extends RoboflowError {}

describe("RoboflowError", () => {
  it("keeps code, cause and hint, and is permanent unless told otherwise", () => {
    const cause = new Error("underneath");
    const error = new SampleError("ERR_ROBOFLOW_SAMPLE", "a.mcap: no", {
      cause,
      hint: "try b.mcap",
    });
    expect(error).toMatchObject({
      name: "SampleError",
      code: "ERR_ROBOFLOW_SAMPLE",
      message: "a.mcap: no",
      permanence: "permanent",
      hint: "try b.mcap",
    });
    expect(error.cause).toBe(cause);
    expect(error).toBeInstanceOf(Error);
  });

  it("has no cause property when there is none", () => {
    expect("cause" in new SampleError("ERR_ROBOFLOW_SAMPLE", "x")).toBe(false);
  });
});
