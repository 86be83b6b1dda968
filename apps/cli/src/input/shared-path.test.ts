import { expect, it } from "vitest";
import { refuseLocalPath } from "./shared-path.js";

const TIKV = "tikv://pd:2379";

it("refuses a local path with a store of many machines, and says what to do", () => {
  const refusal = (): void =>
    refuseLocalPath("file:///data/run%201.mcap", "recording", {
      storeUrl: TIKV,
      sharedPath: false,
    });
  expect(refusal).toThrow(
    `the recording /data/run 1.mcap is a path of this machine, and the store ${TIKV} is used by others too`,
  );
  expect(refusal).toThrow(
    expect.objectContaining({ hint: expect.stringContaining("--shared-path") }),
  );
});

it.each([
  ["file:///data", TIKV, true],
  ["file:///data", "lmdb:/store", false],
  ["s3://robots/run1.mcap", TIKV, false],
])("takes %s with %s, shared: %s", (url, storeUrl, sharedPath) => {
  expect(refuseLocalPath(url, "output", { storeUrl, sharedPath })).toBeUndefined();
});
