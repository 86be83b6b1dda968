import { expect, it } from "vitest";
import { chaosOptions } from "./options.js";

it("runs what fits into some minutes, or as many seeds as asked for", () => {
  expect(chaosOptions([])).toMatchObject({ seeds: Infinity, from: 1, limitMs: 240_000 });
  expect(chaosOptions(["--seeds", "200", "--from", "7"])).toMatchObject({
    seeds: 200,
    from: 7,
    limitMs: Infinity,
  });
});

it("takes only faults that the server and the place of the dataset can have", () => {
  const lmdb = chaosOptions(["--server", "lmdb", "--site", "local"]);
  const names = lmdb?.faults.map(({ name }) => name);
  expect(names).toContain("kill-worker");
  expect(names).not.toContain("move-regions");
  expect(names).not.toContain("s3-errors");
  expect(() => chaosOptions(["--server", "go", "--fault", "pd-fail-over"])).toThrow(
    'there is no fault "pd-fail-over" on go, local or s3',
  );
});

it.each([
  [["--server", "etcd"], 'there is no server "etcd"'],
  [["--site", "nfs"], 'there is no site "nfs"'],
  [["--seeds", "0"], '--seeds is "0"; it must be a whole number above 0'],
])("refuses %j", (args, message) => {
  expect(() => chaosOptions(args)).toThrow(message);
});

it("asks for nothing but help with --help", () => {
  expect(chaosOptions(["--help"])).toBeUndefined();
});
