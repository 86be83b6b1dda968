import { once } from "node:events";
import { TikvError, TransactionClient } from "../../src/index.js";
import type { DoomedPlan } from "./doomed-client.js";

/*
 * One transaction of our client in a process of its own, for its parent to kill on the way. Prints
 * what became of the commit, if it comes to that.
 */
const plan = JSON.parse(process.argv[2] ?? "") as DoomedPlan;
const client = await TransactionClient.connect({ endpoints: plan.endpoints });
const transaction = await client.begin({
  mode: plan.pessimistic === true ? "pessimistic" : "optimistic",
  asyncCommit: plan.asyncCommit === true,
  onePc: plan.onePc === true,
});
if (plan.pessimistic === true) await transaction.lockKeys(plan.keys);
console.log("begun");
if (plan.waits === true) await once(process.stdin, "data");
if (plan.value !== undefined) {
  for (const key of plan.keys) transaction.put(key, plan.value);
  await transaction.commit().then(
    () => console.log("committed"),
    (error: unknown) =>
      console.log(`failed: ${error instanceof TikvError ? error.code : String(error)}`),
  );
}
// Lives on with what it holds, until it is killed.
setInterval(() => {}, 1_000);
