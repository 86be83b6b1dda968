import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ServerDuplexStream } from "@grpc/grpc-js";
import { tikvpb } from "@roboflow/tikv-proto";
import type { Outcome } from "../hooks/intercept.js";
import { rpcOfCase } from "./batch-names.js";
import type { StoreRpc } from "../rpc/methods.js";
import type { AnyRequest } from "./command-table.js";

type Request = tikvpb.BatchCommandsRequest_Request;
type ResponseInit = MessageInitShape<typeof tikvpb.BatchCommandsResponse_ResponseSchema>;
export type BatchStream = ServerDuplexStream<
  tikvpb.BatchCommandsRequest,
  tikvpb.BatchCommandsResponse
>;

export interface BatchServer {
  handle(rpc: StoreRpc, request: AnyRequest): Promise<Outcome>;
  /** Cuts the client's connection. */
  cut(peer: string): void;
}

/** Answers the commands of a stream, each when it is done; answers of one moment go together. */
export function serveBatch(stream: BatchStream, server: BatchServer): void {
  let ready: { readonly id: bigint; readonly response: ResponseInit }[] = [];
  let isScheduled = false;
  let isOver = false;

  const flush = (): void => {
    isScheduled = false;
    const batch = ready;
    ready = [];
    if (!isOver && !stream.cancelled && batch.length > 0) {
      stream.write(
        create(tikvpb.BatchCommandsResponseSchema, {
          requestIds: batch.map(({ id }) => id),
          responses: batch.map(({ response }) => response),
        }),
      );
    }
  };
  const answer = (id: bigint, response: ResponseInit): void => {
    ready.push({ id, response });
    if (!isScheduled) {
      isScheduled = true;
      setImmediate(flush);
    }
  };
  const serve = async (id: bigint, { cmd }: Request): Promise<void> => {
    const rpc = cmd.case === undefined ? undefined : rpcOfCase(cmd.case);
    if (cmd.case === "Empty") {
      answer(id, { cmd: { case: "Empty", value: { testId: cmd.value.testId } } });
      return;
    }
    if (rpc === undefined || cmd.value === undefined) {
      answer(id, {});
      return;
    }
    const outcome = await server.handle(rpc, cmd.value);
    switch (outcome.kind) {
      case "reply":
        // The case fixes the type of the value, which only the compiler can't see.
        answer(id, { cmd: { case: cmd.case, value: outcome.reply } } as ResponseInit);
        break;
      case "status":
        // A batch has no place for the status of one command: the stream ends, as TiKV's does.
        isOver = true;
        stream.emit("error", Object.assign(new Error(outcome.message), { code: outcome.code }));
        break;
      case "disconnect":
        server.cut(stream.getPeer());
        break;
      case "silence":
    }
  };

  stream.on("data", ({ requests, requestIds }: tikvpb.BatchCommandsRequest) => {
    for (const [index, request] of requests.entries()) {
      void serve(requestIds[index] ?? 0n, request);
    }
  });
  stream.on("end", () => {
    flush();
    isOver = true;
    stream.end();
  });
}
