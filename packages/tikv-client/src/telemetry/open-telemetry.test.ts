import {
  createNoopMeter,
  type Attributes,
  type Meter,
  type MetricOptions,
  type Span,
  type SpanOptions,
  type Tracer,
} from "@opentelemetry/api";
import { TestCluster } from "@roboflow/tikv-testkit";
import { expect, test } from "vitest";
import { RawClient } from "../raw/raw-client.js";
import { openTelemetryHooks } from "./open-telemetry.js";

/** Keeps what it is told, as an SDK would before exporting it. */
function recordingMeter() {
  const points: {
    readonly name: string;
    readonly value: number;
    readonly attributes: Attributes;
  }[] = [];
  const units = new Map<string, string | undefined>();
  const instrument = (name: string, options: MetricOptions = {}) => {
    units.set(name, options.unit);
    const record = (value: number, attributes: Attributes = {}): void => {
      points.push({ name, value, attributes });
    };
    return { record, add: record };
  };
  const meter: Meter = Object.assign(createNoopMeter(), {
    createHistogram: instrument,
    createCounter: instrument,
  });
  return { meter, points, units };
}

function recordingTracer() {
  const spans: {
    readonly name: string;
    attributes: Attributes;
    ended: boolean;
    failed: boolean;
  }[] = [];
  const startSpan = (name: string, options: SpanOptions = {}) => {
    const span = { name, attributes: { ...options.attributes }, ended: false, failed: false };
    spans.push(span);
    return {
      setAttribute: (key: string, value: string) => void (span.attributes[key] = value),
      setStatus: () => void (span.failed = true),
      end: () => void (span.ended = true),
    } as unknown as Span;
  };
  return { tracer: { startSpan } as unknown as Tracer, spans };
}

test("requests, retries, batches and cache look-ups are reported", async () => {
  await using cluster = await TestCluster.start();
  const { meter, points, units } = recordingMeter();
  const { tracer, spans } = recordingTracer();
  await using client = await RawClient.connect({
    endpoints: cluster.endpoints,
    hooks: openTelemetryHooks({ meter, tracer }),
  });
  let busy = true;
  cluster.intercept((call) => {
    if (call.rpc !== "RawGet" || !busy) return undefined;
    busy = false;
    return { kind: "region-error", error: { message: "busy", serverIsBusy: { backoffMs: 1n } } };
  });
  await client.put("k", "v");
  await client.get("k");

  expect(Object.fromEntries(units)).toEqual({
    "tikv.client.request.duration": "s",
    "tikv.client.retry.wait": "s",
    "tikv.client.batch.size": "{request}",
    "tikv.client.cache.lookups": "{lookup}",
  });
  const address = cluster.stores[0]?.address;
  const requests = points.filter(({ name }) => name === "tikv.client.request.duration");
  expect(requests.map(({ attributes }) => attributes["rpc.method"])).toEqual([
    "GetMembers",
    "GetRegion",
    "GetStore",
    "RawPut",
    "RawGet",
    "RawGet",
  ]);
  expect(requests.slice(3).map(({ attributes }) => attributes)).toEqual([
    { "rpc.method": "RawPut", "server.address": address, outcome: "ok" },
    { "rpc.method": "RawGet", "server.address": address, outcome: "region-error" },
    { "rpc.method": "RawGet", "server.address": address, outcome: "ok" },
  ]);
  expect(points.filter(({ name }) => name === "tikv.client.retry.wait")).toEqual([
    { name: "tikv.client.retry.wait", value: 0.001, attributes: { reason: "server-busy" } },
  ]);
  expect(
    points.filter(({ name }) => name === "tikv.client.batch.size").map(({ value }) => value),
  ).toEqual([1, 1, 1]);
  expect(points.findLast(({ name }) => name === "tikv.client.cache.lookups")?.attributes).toEqual({
    cache: "region",
    hit: true,
  });
  expect(spans.every(({ ended, failed }) => ended && !failed)).toBe(true);
  expect(spans.at(-1)).toMatchObject({
    name: "RawGet",
    attributes: { "rpc.system": "grpc", "server.address": address, "tikv.outcome": "ok" },
  });
});

test("a request that fails ends its span as failed", async () => {
  await using cluster = await TestCluster.start();
  const { tracer, spans } = recordingTracer();
  await using client = await RawClient.connect({
    endpoints: cluster.endpoints,
    hooks: openTelemetryHooks({ meter: createNoopMeter(), tracer }),
  });
  let broken = true;
  cluster.intercept((call) => {
    if (call.rpc !== "RawGet" || !broken) return undefined;
    broken = false;
    return { kind: "unavailable" };
  });
  await client.get("k");
  const reads = spans.filter(({ name }) => name === "RawGet");
  expect(reads.map(({ ended, failed }) => [ended, failed])).toEqual([
    [true, true],
    [true, false],
  ]);
});

test("without an SDK the global API's no-ops are used", async () => {
  await using cluster = await TestCluster.start();
  await using client = await RawClient.connect({
    endpoints: cluster.endpoints,
    hooks: openTelemetryHooks(),
  });
  await client.put("k", "v");
  expect(Buffer.from((await client.get("k")) ?? []).toString()).toBe("v");
});
