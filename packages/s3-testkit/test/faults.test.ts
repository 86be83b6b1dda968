import { once } from "node:events";
import { Readable } from "node:stream";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { type FaultRule, S3TestServer } from "../src/index.js";
import { connect } from "./connect.js";

const Bucket = "robots";
const put = (Key: string): PutObjectCommand => new PutObjectCommand({ Bucket, Key, Body: "abc" });
const get = (): GetObjectCommand => new GetObjectCommand({ Bucket, Key: "x" });

it("answers errors where and as often as a rule says", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket] });
  using client = connect(server);
  const rule: FaultRule = {
    operation: "PutObject",
    key: "x",
    after: 1,
    times: 1,
    action: { kind: "error", status: 503, code: "SlowDown" },
  };
  using fault = server.intercept(rule);
  await client.send(put("x"));
  await client.send(put("y"));
  await expect(client.send(put("x"))).rejects.toMatchObject({
    name: "SlowDown",
    $metadata: { httpStatusCode: 503 },
  });
  await client.send(put("x"));
  expect(fault.acted).toBe(1);
  expect(server.faults).toEqual([fault]);
});

it("closes connections before or after a request took effect", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket] });
  using client = connect(server);
  for (const [kind, keys] of [
    ["disconnect", []],
    ["lose-answer", ["x"]],
  ] as const) {
    using fault = server.intercept(() => ({ kind }));
    await expect(client.send(put("x"))).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(server.keys(Bucket)).toEqual(keys);
    expect(server.log.at(-1)).not.toHaveProperty("status");
    expect(fault.acted).toBe(1);
  }
});

it("cuts and slows answers", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket] });
  using client = connect(server);
  await client.send(put("x"));
  {
    using fault = server.intercept({ action: { kind: "cut", afterBytes: 2 } });
    const got = await client.send(get());
    await expect(got.Body?.transformToString()).rejects.toThrow("aborted");
    expect(server.log.at(-1)).toMatchObject({ sent: 2 });
    expect(fault.acted).toBe(1);
  }
  {
    using fault = server.intercept({ action: { kind: "stall", afterBytes: 2 } });
    const got = await client.send(get());
    const body = got.Body instanceof Readable ? got.Body : Readable.from([]);
    const [piece] = await once(body, "data");
    expect(piece).toEqual(Buffer.from("ab"));
    body.destroy();
    expect(fault.acted).toBe(1);
  }
  server.intercept({
    action: [
      { kind: "delay", ms: 1 },
      { kind: "throttle", bytesPerSecond: 40 },
    ],
  });
  const got = await client.send(get());
  expect(await got.Body?.transformToString()).toBe("abc");
  server.clearFaults();
  expect(server.faults).toEqual([]);
});

it("acts on the same share of requests for the same seed", async () => {
  await using server = await S3TestServer.start({ buckets: [Bucket] });
  using client = connect(server);
  const run = async (): Promise<boolean[]> => {
    const action = { kind: "error", status: 500, code: "InternalError" } as const;
    using fault = server.intercept({ probability: 0.5, seed: 7, action });
    const outcomes: boolean[] = [];
    for (let i = 0; i < 20; i++) {
      outcomes.push(await client.send(put("x")).then(Boolean, () => false));
    }
    expect(fault.acted).toBe(outcomes.filter((passed) => !passed).length);
    return outcomes;
  };
  const first = await run();
  expect(new Set(first)).toEqual(new Set([true, false]));
  expect(await run()).toEqual(first);
});
