import { checkBounds, checkContext } from "../region/check-context.js";
import { ENCODED, PLAIN, spanOf } from "../region/key-form.js";
import type { Reply } from "../hooks/call.js";
import type { ReplyOf, RequestOf, StoreRpc } from "../rpc/methods.js";
import { checkApiVersion } from "./check-api-version.js";
import type { ClusterState, Command } from "./command.js";
import { COMMANDS } from "./command-table.js";

/** Runs one command on a store, or refuses it as a store of its region's would. */
export async function execute<Name extends StoreRpc>(
  state: ClusterState,
  storeId: bigint,
  rpc: Name,
  request: RequestOf<Name>,
): Promise<Reply> {
  // TypeScript can't know that the command and the request are of the same name.
  const command = COMMANDS[rpc] as unknown as Command<Name>;
  const { context } = request as { readonly context?: RequestOf<"KvGet">["context"] };
  const keys = command.keys(request);
  const refusal = checkApiVersion(state.apiVersion, rpc, command.data, context, keys);
  if (refusal !== undefined) {
    return refusal;
  }
  const form = command.data === "raw" && state.apiVersion !== "v2" ? PLAIN : ENCODED;
  if (rpc === "UnsafeDestroyRange") {
    const region = state.regions.byKey(new Uint8Array(0));
    return await command.run({ state, storeId, region, form, span: spanOf(form, region) }, request);
  }
  const checked = checkContext(state.regions, storeId, context);
  if (checked.kind === "error") {
    return { regionError: checked.error };
  }
  const { region } = checked;
  const outside = checkBounds(
    region,
    keys.map((key) => ({ key, bound: form.toBound(key) })),
  );
  if (outside !== undefined) {
    return { regionError: outside };
  }
  const reply: ReplyOf<Name> = await command.run(
    { state, storeId, region, form, span: spanOf(form, region) },
    request,
  );
  return reply;
}
