import { kvrpcpb, tikvpb } from "@roboflow/tikv-proto";
import type { Reply } from "../hooks/call.js";
import type { StoreRpc } from "../rpc/methods.js";
import type { ApiVersion } from "./command.js";

const { APIVersion } = kvrpcpb;

/** First byte of keys in API v2, before the three bytes of the keyspace. */
const MODE_BYTES = { txn: "x".charCodeAt(0), raw: "r".charCodeAt(0) } as const;

/** @returns the answer to a request of another API version, or with keys of another keyspace */
export function checkApiVersion(
  apiVersion: ApiVersion,
  rpc: StoreRpc,
  data: "txn" | "raw",
  context: kvrpcpb.Context | undefined,
  keys: readonly Uint8Array[],
): Reply | undefined {
  const requested = context?.apiVersion ?? APIVersion.V1;
  if (apiVersion !== "v2") {
    const isTtl = requested === APIVersion.V1TTL && apiVersion === "v1ttl" && data === "raw";
    return requested === APIVersion.V1 || isTtl
      ? undefined
      : refusal(rpc, `Api version in request does not match with TiKV storage: ${apiVersion}`);
  }
  if (requested !== APIVersion.V2) {
    return refusal(rpc, `Api version in request does not match with TiKV storage: ${apiVersion}`);
  }
  const keyspace = context?.keyspaceId ?? 0;
  const isForeign = keys.some((key) => {
    const id = ((key[1] ?? 0) << 16) | ((key[2] ?? 0) << 8) | (key[3] ?? 0);
    return key.length < 4 || key[0] !== MODE_BYTES[data] || id !== keyspace;
  });
  return isForeign
    ? refusal(rpc, `Invalid key mode: a key is not of ${data} keyspace ${keyspace}`)
    : undefined;
}

/** A failed reply to any command, in the field where that command has its errors. */
function refusal(rpc: StoreRpc, message: string): Reply {
  const output = tikvpb.Tikv.methods.find(({ name }) => name === rpc)?.output;
  const field = output?.fields.find(({ name }) =>
    ["error", "errors", "pairs", "kvs"].includes(name),
  );
  const error = { abort: message };
  switch (field?.name) {
    case "errors":
      return { errors: [error] };
    case "pairs":
      return { pairs: [{ error }] };
    case "kvs":
      return { kvs: [{ error }] };
    case undefined:
    default:
      return field?.fieldKind === "scalar" ? { error: message } : { error };
  }
}
