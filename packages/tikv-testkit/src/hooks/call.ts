import type { PdRpc, ReplyOf, RequestOf, Rpc, StoreRpc } from "../rpc/methods.js";

/** One command that reached a store. `rpc` tells the type of `request`. */
export type StoreCall = {
  [Name in StoreRpc]: {
    readonly server: "store";
    /** Of the store. */
    readonly id: bigint;
    readonly rpc: Name;
    readonly request: RequestOf<Name>;
  };
}[StoreRpc];

/** One request that reached a member of PD. */
export type PdCall = {
  [Name in PdRpc]: {
    readonly server: "pd";
    /** Index of the member, from 0. */
    readonly id: number;
    readonly rpc: Name;
    readonly request: RequestOf<Name>;
  };
}[PdRpc];

export type Call = StoreCall | PdCall;

export type Reply = { [Name in Rpc]: ReplyOf<Name> }[Rpc];
