import {
  context,
  metrics,
  SpanKind,
  SpanStatusCode,
  trace,
  type Meter,
  type Span,
  type Tracer,
} from "@opentelemetry/api";
import type { ClientHooks } from "../options.js";

export interface OpenTelemetryOptions {
  /** Default: that of the global provider. */
  readonly meter?: Meter;
  /** Default: that of the global provider. */
  readonly tracer?: Tracer;
}

const NAME = "tikv-client";
/** Boundaries for a request, seconds: what is usual in one data centre is well below 5 ms. */
const SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20,
];
const SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/**
 * Hooks that report to OpenTelemetry: `tikv.client.request.duration` (s), `tikv.client.retry.wait`
 * (s), `tikv.client.batch.size`, `tikv.client.cache.lookups`, and a span for each request, a child of
 * the span that its caller is in.
 */
export function openTelemetryHooks(options: OpenTelemetryOptions = {}): ClientHooks {
  const meter = options.meter ?? metrics.getMeter(NAME);
  const tracer = options.tracer ?? trace.getTracer(NAME);
  const duration = meter.createHistogram("tikv.client.request.duration", {
    description: "Time from sending a request to its end",
    unit: "s",
    advice: { explicitBucketBoundaries: SECONDS },
  });
  const wait = meter.createHistogram("tikv.client.retry.wait", {
    description: "Waits before a retry",
    unit: "s",
    advice: { explicitBucketBoundaries: SECONDS },
  });
  const size = meter.createHistogram("tikv.client.batch.size", {
    description: "Requests in one message of a batch stream",
    unit: "{request}",
    advice: { explicitBucketBoundaries: SIZES },
  });
  const lookups = meter.createCounter("tikv.client.cache.lookups", {
    description: "Look-ups in the client's caches",
    unit: "{lookup}",
  });
  const spans = new WeakSet<Span>();
  return {
    requestStart: ({ rpc, address }) => {
      const attributes = { "rpc.system": "grpc", "rpc.method": rpc, "server.address": address };
      const span = tracer.startSpan(rpc, { kind: SpanKind.CLIENT, attributes }, context.active());
      spans.add(span);
      return span;
    },
    request: ({ rpc, address, seconds, outcome, started }) => {
      duration.record(seconds, { "rpc.method": rpc, "server.address": address, outcome });
      if (!isSpan(started, spans)) return;
      started.setAttribute("tikv.outcome", outcome);
      if (outcome === "failed") started.setStatus({ code: SpanStatusCode.ERROR });
      started.end();
    },
    retry: ({ reason, waitMs }) => wait.record(waitMs / 1000, { reason }),
    batch: ({ address, size: requests }) => size.record(requests, { "server.address": address }),
    cache: ({ cache, hit }) => lookups.add(1, { cache, hit }),
  };
}

/** `started` is what these hooks returned, unless they were combined with others by hand. */
function isSpan(started: unknown, spans: WeakSet<Span>): started is Span {
  return typeof started === "object" && started !== null && spans.has(started as Span);
}
