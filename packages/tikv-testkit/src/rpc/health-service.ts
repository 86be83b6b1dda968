import type { sendUnaryData, Server } from "@grpc/grpc-js";

/** `grpc.health.v1.HealthCheckResponse` with status SERVING, in protobuf. */
const SERVING = Buffer.of(0x08, 0x01);

/** Clients ask a store that failed them how it is (`grpc.health.v1`). One that answers is well. */
export function addHealthService(server: Server): void {
  server.register(
    "/grpc.health.v1.Health/Check",
    (_call: unknown, respond: sendUnaryData<Buffer>) => respond(null, SERVING),
    (bytes: Buffer) => bytes,
    (bytes: Buffer) => bytes,
    "unary",
  );
}
