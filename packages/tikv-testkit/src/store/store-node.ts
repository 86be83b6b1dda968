import type { sendUnaryData, ServerCredentials, ServerUnaryCall } from "@grpc/grpc-js";
import { tikvpb } from "@roboflow/tikv-proto";
import type { StoreCall } from "../hooks/call.js";
import type { Interceptor, Outcome } from "../hooks/intercept.js";
import { answerUnary } from "../rpc/answer-unary.js";
import { addHealthService } from "../rpc/health-service.js";
import { Listener } from "../rpc/listener.js";
import type { StoreRpc } from "../rpc/methods.js";
import { serviceDefinition } from "../rpc/service-definition.js";
import { serveBatch, type BatchStream } from "./batch-stream.js";
import { isStoreRpc, type AnyRequest } from "./command-table.js";
import type { ClusterState } from "./command.js";
import { execute } from "./execute.js";

/** One TiKV server: its address, and the way of a request from there to the data. */
export class StoreNode {
  readonly listener: Listener;

  constructor(
    readonly id: bigint,
    private readonly state: ClusterState,
    private readonly interceptor: Interceptor,
    credentials: ServerCredentials,
  ) {
    this.listener = new Listener(credentials);
    this.listener.grpc.addService(serviceDefinition(tikvpb.Tikv), this.#implementation());
    addHealthService(this.listener.grpc);
  }

  #implementation() {
    const cut = (peer: string): void => this.listener.cut(peer);
    const handle = (rpc: StoreRpc, request: AnyRequest): Promise<Outcome> =>
      this.#handle(rpc, request);
    const unary = tikvpb.Tikv.methods.flatMap((method) => {
      const { name } = method;
      if (!isStoreRpc(name)) {
        return [];
      }
      const serve = async (
        call: ServerUnaryCall<AnyRequest, unknown>,
        respond: sendUnaryData<unknown>,
      ): Promise<void> => {
        answerUnary(method, call, await handle(name, call.request), respond, cut);
      };
      return [[name, serve] as const];
    });
    return {
      ...Object.fromEntries(unary),
      BatchCommands: (stream: BatchStream): void => serveBatch(stream, { handle, cut }),
    };
  }

  #handle(rpc: StoreRpc, request: AnyRequest): Promise<Outcome> {
    const call = { server: "store", id: this.id, rpc, request } as StoreCall;
    const { life } = this.listener;
    return this.interceptor.handle(call, async () =>
      life === this.listener.life
        ? { kind: "reply", reply: await execute(this.state, this.id, call.rpc, call.request) }
        : { kind: "silence" },
    );
  }
}
