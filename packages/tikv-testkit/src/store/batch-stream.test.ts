import { create } from "@bufbuild/protobuf";
import { tikvpb } from "@roboflow/tikv-proto";
import { expect, it } from "vitest";
import { bytes, contextOf, RawGrpc } from "../../test/client.js";
import { TestCluster } from "../cluster/test-cluster.js";

type Response = tikvpb.BatchCommandsResponse;

it("answers each command when it is done, and needs no order", async () => {
  await using cluster = await TestCluster.start();
  using client = new RawGrpc(cluster.stores[0]?.address ?? "");
  const context = contextOf(cluster.regionOf("k"));
  const get = (key: string) =>
    ({ cmd: { case: "RawGet", value: { context, key: bytes(key) } } }) as const;
  let release = (): void => {};
  const promise = new Promise<void>((resolve) => (release = resolve));
  cluster.intercept({ rpc: "RawGet", times: 1, action: { kind: "until", promise } });
  const stream = client.batch();
  stream.write(
    create(tikvpb.BatchCommandsRequestSchema, {
      requestIds: [10n, 11n, 12n, 13n],
      requests: [
        get("held"),
        get("a"),
        { cmd: { case: "Empty", value: { testId: 7n } } },
        // A command of a newer version arrives as none.
        {},
      ],
    }),
  );
  const seen = new Map<bigint, string | undefined>();
  for await (const { requestIds, responses } of stream as AsyncIterable<Response>) {
    for (const [index, { cmd }] of responses.entries()) {
      seen.set(requestIds[index] ?? -1n, cmd.case);
    }
    if (seen.size === 3) {
      release();
    } else if (seen.size === 4) {
      stream.end();
    }
  }
  expect([...seen]).toEqual([
    [12n, "Empty"],
    [13n, undefined],
    [11n, "RawGet"],
    [10n, "RawGet"],
  ]);
});

it("takes values of megabytes", async () => {
  await using cluster = await TestCluster.start();
  using client = new RawGrpc(cluster.stores[0]?.address ?? "");
  const context = contextOf(cluster.regionOf("k"));
  const value = new Uint8Array(9_000_000).fill(7);
  await client.call("RawPut", { context, key: bytes("k"), value });
  const got = await client.call("RawGet", { context, key: bytes("k") });
  expect(Buffer.compare(got.value, value)).toBe(0);
});
