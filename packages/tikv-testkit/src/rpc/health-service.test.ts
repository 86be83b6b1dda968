import { Client, credentials } from "@grpc/grpc-js";
import { expect, it } from "vitest";
import { TestCluster } from "../cluster/test-cluster.js";

async function ask(address: string, path: string): Promise<string> {
  const client = new Client(address, credentials.createInsecure());
  const same = (bytes: Buffer): Buffer => bytes;
  const reply = await new Promise<Buffer>((resolve, reject) => {
    client.makeUnaryRequest(path, same, same, Buffer.alloc(0), (error, value) =>
      value === undefined ? reject(error ?? new Error("no reply")) : resolve(value),
    );
  });
  client.close();
  return reply.toString("hex");
}

it("answers what clients ask besides commands: health, and keys of the etcd in PD", async () => {
  await using cluster = await TestCluster.start();
  const store = cluster.stores[0]?.address ?? "";
  const pd = cluster.endpoints[0] ?? "";
  expect(await ask(store, "/grpc.health.v1.Health/Check")).toBe("0801");
  expect(await ask(pd, "/grpc.health.v1.Health/Check")).toBe("0801");
  expect(await ask(pd, "/etcdserverpb.KV/Range")).toBe("");
});
