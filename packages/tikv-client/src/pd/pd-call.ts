import {
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethodUnary,
  type MessageShape,
} from "@bufbuild/protobuf";
import { aborted, throwIfAborted } from "../backoff/call-backoff.js";
import type { Connection } from "../transport/connection.js";
import { RpcCall } from "../transport/rpc-call.js";
import { rpcFailure, type RpcFailure } from "../transport/rpc-failure.js";

const NONE = new Uint8Array(0);

export type PdOutcome<Reply> =
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "failed"; readonly failure: RpcFailure };

class UnaryCall extends RpcCall {
  readonly rpc: string;
  readonly batchField = undefined;
  readonly context = NONE;
  readonly body = NONE;
  readonly #done: (outcome: Uint8Array | RpcFailure) => void;

  constructor(rpc: string, done: (outcome: Uint8Array | RpcFailure) => void) {
    super();
    this.rpc = rpc;
    this.#done = done;
  }

  override onReply(bytes: Uint8Array): void {
    this.#done(bytes);
  }

  override onFailure(failure: RpcFailure): void {
    this.#done(failure);
  }
}

/**
 * One try on one member.
 * @throws TikvError `ERR_ROBOFLOW_TIKV_ABORTED`
 */
export async function callPd<Input extends DescMessage, Output extends DescMessage>(
  connection: Connection,
  method: DescMethodUnary<Input, Output>,
  request: MessageShape<Input>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<PdOutcome<MessageShape<Output>>> {
  throwIfAborted(signal);
  const path = `/${method.parent.typeName}/${method.name}`;
  const { address, hooks } = connection;
  const rpc = method.name;
  const startedAt = performance.now();
  const started = hooks.requestStart?.({ rpc, address });
  const report = (result: "ok" | "failed"): void => {
    const seconds = (performance.now() - startedAt) / 1000;
    hooks.request?.({ rpc, address, seconds, outcome: result, started });
  };
  const outcome = await new Promise<Uint8Array | RpcFailure>((resolve, reject) => {
    const onAbort = (): void => {
      call.abandon();
      report("failed");
      if (signal !== undefined) reject(aborted(signal));
    };
    const call = new UnaryCall(rpc, (outcome) => {
      signal?.removeEventListener("abort", onAbort);
      report(outcome instanceof Uint8Array ? "ok" : "failed");
      resolve(outcome);
    });
    signal?.addEventListener("abort", onAbort, { once: true });
    connection.submitUnary(path, toBinary(method.input, request), call, timeoutMs);
  });
  if (!(outcome instanceof Uint8Array)) return { kind: "failed", failure: outcome };
  try {
    return { kind: "reply", reply: fromBinary(method.output, outcome) };
  } catch (cause) {
    const what = `an answer to ${method.name} that can't be read`;
    const failure = rpcFailure("protocol", "unknown", address, what, { cause });
    return { kind: "failed", failure };
  }
}
