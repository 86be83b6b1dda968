import { create, type DescMethod } from "@bufbuild/protobuf";
import type { sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import type { Outcome } from "../hooks/intercept.js";

/** Ends a unary call as its outcome says; one that is lost stays open until the client gives up. */
export function answerUnary(
  method: DescMethod,
  call: ServerUnaryCall<unknown, unknown>,
  outcome: Outcome,
  respond: sendUnaryData<unknown>,
  cut: (peer: string) => void,
): void {
  switch (outcome.kind) {
    case "reply":
      respond(null, create(method.output, outcome.reply));
      break;
    case "status":
      respond({ code: outcome.code, details: outcome.message });
      break;
    case "disconnect":
      cut(call.getPeer());
      break;
    case "silence":
  }
}
