import { describe, expect, it } from "vitest";
import { closeNames } from "./suggest.js";

describe("closeNames", () => {
  it("offers the nearest first and nothing far away", () => {
    expect(closeNames("/joint_state", ["/joint_states", "/joint_command", "/tf"])).toEqual([
      "/joint_states",
    ]);
  });

  it("ignores case and repeated candidates", () => {
    expect(closeNames("FPS", ["fps", "fps"])).toEqual(["fps"]);
  });

  it("offers at most the limit", () => {
    expect(closeNames("aa", ["ab", "ac", "ad"], 2)).toHaveLength(2);
  });
});
