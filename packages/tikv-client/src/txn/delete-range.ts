import { commands, compareBytes } from "@roboflow/tikv-proto";
import { TikvError } from "../error.js";
import type { Cluster } from "../cluster.js";
import type { PhysicalRange } from "../limits.js";

const REGION_BUDGET_MS = 100_000;

/** Removes every version of every key in the range, region by region; no transaction sees why. */
export async function deleteRange(
  cluster: Cluster,
  range: PhysicalRange,
  signal: AbortSignal | undefined,
): Promise<void> {
  let { start } = range;
  const { end } = range;
  while (end.length === 0 || compareBytes(start, end) < 0) {
    const backoff = cluster.backoff(REGION_BUDGET_MS, signal);
    const region = cluster.cachedRegion(start) ?? (await cluster.locate(backoff, start));
    const inside =
      end.length > 0 && (region.end.length === 0 || compareBytes(end, region.end) <= 0);
    const to = inside ? end : region.end;
    const request = { startKey: start, endKey: to };
    const sent = await cluster.send(backoff, region, commands.deleteRange, request);
    if (sent.kind === "stale") continue;
    if (sent.reply.error !== "") {
      throw new TikvError("ERR_ROBOFLOW_TIKV_PROTOCOL", "The store refused to delete a range", {
        cause: new Error(sent.reply.error),
      });
    }
    if (to.length === 0) return;
    start = to;
  }
}
