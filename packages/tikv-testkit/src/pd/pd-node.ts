import { create } from "@bufbuild/protobuf";
import {
  status as Status,
  type sendUnaryData,
  type ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
} from "@grpc/grpc-js";
import { keyspacepb, pdpb } from "@roboflow/tikv-proto";
import type { PdCall, Reply } from "../hooks/call.js";
import type { Interceptor, Outcome } from "../hooks/intercept.js";
import { answerUnary } from "../rpc/answer-unary.js";
import { addHealthService } from "../rpc/health-service.js";
import { Listener } from "../rpc/listener.js";
import type { PdRpc, ReplyOf } from "../rpc/methods.js";
import { serviceDefinition } from "../rpc/service-definition.js";
import { addEtcdService } from "./etcd-service.js";
import { HANDLERS } from "./handlers.js";
import type { PdState } from "./pd-state.js";
import { isBatchSize } from "./timestamp-oracle.js";

type AnyRequest = PdCall["request"];
type TsoStream = ServerDuplexStream<pdpb.TsoRequest, pdpb.TsoResponse>;

/** One member of PD. Only the leader answers more than who leads. */
export class PdNode {
  readonly listener: Listener;

  constructor(
    readonly index: number,
    private readonly state: PdState,
    private readonly interceptor: Interceptor,
    credentials: ServerCredentials,
  ) {
    this.listener = new Listener(credentials);
    const { grpc } = this.listener;
    grpc.addService(serviceDefinition(pdpb.PD), {
      ...this.#unary(pdpb.PD),
      Tso: (stream: TsoStream): void => this.#serveTso(stream),
    });
    grpc.addService(serviceDefinition(keyspacepb.Keyspace), this.#unary(keyspacepb.Keyspace));
    addHealthService(grpc);
    addEtcdService(grpc);
  }

  #unary(service: typeof pdpb.PD | typeof keyspacepb.Keyspace) {
    return Object.fromEntries(
      service.methods.flatMap((method) => {
        if (method.methodKind !== "unary") {
          return [];
        }
        const serve = async (
          call: ServerUnaryCall<AnyRequest, unknown>,
          respond: sendUnaryData<unknown>,
        ): Promise<void> => {
          const outcome = await this.#handle(method.name as PdRpc, call.request);
          answerUnary(method, call, outcome, respond, (peer) => this.listener.cut(peer));
        };
        return [[method.name, serve] as const];
      }),
    );
  }

  /** One answer for each request of the stream, in order. */
  #serveTso(stream: TsoStream): void {
    let last = Promise.resolve();
    let isOver = false;
    const serve = async (request: pdpb.TsoRequest): Promise<void> => {
      const outcome = await this.#handle("Tso", request);
      if (isOver || stream.cancelled) {
        return;
      }
      switch (outcome.kind) {
        case "reply":
          stream.write(create(pdpb.TsoResponseSchema, outcome.reply as ReplyOf<"Tso">));
          break;
        case "status":
          isOver = true;
          stream.emit("error", Object.assign(new Error(outcome.message), { code: outcome.code }));
          break;
        case "disconnect":
          this.listener.cut(stream.getPeer());
          break;
        case "silence":
      }
    };
    stream.on("data", (request: pdpb.TsoRequest) => {
      last = last.then(() => serve(request));
    });
    stream.on("end", () => {
      last = last.then(() => {
        isOver = true;
        stream.end();
        return undefined;
      });
    });
  }

  async #handle(rpc: PdRpc, request: AnyRequest): Promise<Outcome> {
    const call = { server: "pd", id: this.index, rpc, request } as PdCall;
    const { life } = this.listener;
    const outcome = await this.interceptor.handle(call, () =>
      life === this.listener.life ? this.#execute(rpc, request) : { kind: "silence" },
    );
    if (outcome.kind !== "reply") {
      return outcome;
    }
    const header = { clusterId: this.state.clusterId };
    return { kind: "reply", reply: { header, ...outcome.reply } as Reply };
  }

  #execute(rpc: PdRpc, request: AnyRequest): Outcome {
    const { clusterId, members } = this.state;
    // A client that starts does not know the cluster's id yet, and asks whomever it finds.
    if (rpc !== "GetMembers") {
      const requested = request.header?.clusterId ?? 0n;
      if (requested !== clusterId) {
        const message = `mismatch cluster id, need ${clusterId} but got ${requested}`;
        return { kind: "status", code: Status.FAILED_PRECONDITION, message };
      }
      if (members.leader !== this.index) {
        return notLeader(rpc);
      }
    }
    if (request.$typeName === "pdpb.TsoRequest" && !isBatchSize(request.count)) {
      const message = `a batch of ${request.count} timestamps is not possible`;
      return { kind: "status", code: Status.UNKNOWN, message };
    }
    // TypeScript can't know that the handler and the request are of the same name.
    const handler = HANDLERS[rpc] as (state: PdState, request: AnyRequest) => Reply;
    return { kind: "reply", reply: handler(this.state, request) };
  }
}

/** PD's own words: its clients tell a leader that is gone from other failures by them. */
function notLeader(rpc: PdRpc): Outcome {
  return rpc === "Tso"
    ? {
        kind: "status",
        code: Status.UNKNOWN,
        message:
          "[PD:tso:ErrGenerateTimestamp]generate timestamp failed, requested pd is not leader of cluster",
      }
    : { kind: "status", code: Status.UNAVAILABLE, message: "not leader" };
}
