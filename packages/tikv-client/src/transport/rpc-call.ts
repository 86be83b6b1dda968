import { WheelNode } from "./timer-wheel.js";
import { rpcFailure, type RpcFailure } from "./rpc-failure.js";

/** Whoever has a call in its hands. */
export interface CallHolder {
  readonly address: string;
  /** Lets go of the call and its deadline: no reply and no failure will be told. */
  forget(call: RpcCall): void;
}

/**
 * One try of a request to a store. It is its own callback and deadline, so that a request costs
 * one object and no closure, timer or promise.
 */
export abstract class RpcCall extends WheelNode {
  /** Name of the method in service `tikvpb.Tikv`. */
  abstract readonly rpc: string;
  abstract readonly batchField: number | undefined;
  /** Message `Context`, and the request without it. */
  abstract readonly context: Uint8Array;
  abstract readonly body: Uint8Array;
  holder: CallHolder | undefined = undefined;
  /** Its id in a batch stream. */
  id = 0;
  /** Whether bytes of it may have left. */
  sent = false;

  /** `bytes`: the reply message, a view that stays valid. */
  abstract onReply(bytes: Uint8Array): void;
  abstract onFailure(failure: RpcFailure): void;

  /** The caller has gone. */
  abandon(): void {
    const { holder } = this;
    this.holder = undefined;
    holder?.forget(this);
  }

  override onDeadline(): void {
    const { holder } = this;
    this.abandon();
    this.onFailure(
      rpcFailure(
        "timeout",
        this.sent ? "unknown" : "not-sent",
        holder?.address ?? "",
        `no answer to ${this.rpc} in time`,
      ),
    );
  }
}
