import { tikvpb } from "@roboflow/tikv-proto";
import type { StoreRpc } from "../rpc/methods.js";
import { isStoreRpc } from "./command-table.js";

type BatchCase = NonNullable<tikvpb.BatchCommandsRequest_Request["cmd"]["case"]>;

/** Commands in a batch have shorter names; the message of each tells which command it is. */
const RPC_BY_CASE: ReadonlyMap<string, StoreRpc> = new Map(
  tikvpb.BatchCommandsRequest_RequestSchema.fields.flatMap((field) => {
    const method = tikvpb.Tikv.methods.find(({ input }) => input === field.message);
    return method !== undefined && isStoreRpc(method.name)
      ? [[field.localName, method.name] as const]
      : [];
  }),
);

/** The command's name outside of batches; undefined for `Empty`, which is none. */
export function rpcOfCase(name: BatchCase): StoreRpc | undefined {
  return RPC_BY_CASE.get(name);
}
