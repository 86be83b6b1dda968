import { parseArgs } from "node:util";
import type { ControlledCluster } from "../servers/controlled-cluster.js";
import { chosenServer, startServer } from "../servers/start-server.js";
import { PROPERTIES } from "./properties.js";

/** Seeds that share a cluster, which grows more regions with each. */
const SEEDS_A_CLUSTER = 20;

/** `--seeds 1000` tries that many, `--from` on; `--seed 42` repeats one; `--only` names a property. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "100" },
      from: { type: "string", default: "1" },
      seed: { type: "string" },
      only: { type: "string", default: "" },
    },
  });
  const from = Number(values.seed ?? values.from);
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  const properties = PROPERTIES.filter(({ name }) => name.includes(values.only));
  const failures: string[] = [];
  const began = performance.now();
  let server: ControlledCluster | undefined;
  for (let done = 0; done < count; done += 1) {
    const seed = from + done;
    if (done % SEEDS_A_CLUSTER === 0) {
      await server?.[Symbol.asyncDispose]();
      server = undefined;
    }
    server ??= await startServer(chosenServer(), { stores: 3 });
    for (const { name, check } of properties) {
      try {
        await check(seed, server);
      } catch (error) {
        failures.push(`${name}: seed ${seed}`);
        console.log(`FAILED ${name}, repeat it by --seed ${seed} --only "${name}"\n`, error);
        // What it left behind must not disturb the next.
        await server[Symbol.asyncDispose]();
        server = await startServer(chosenServer(), { stores: 3 });
      }
    }
    if ((done + 1) % 50 === 0) console.log(`${done + 1} of ${count} seeds`);
  }
  await server?.[Symbol.asyncDispose]();
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(
    `${count} seeds from ${from} of ${properties.length} properties on ${chosenServer()} in ${seconds} s: ${failures.length} failures`,
  );
  for (const failure of failures) console.log(failure);
  if (failures.length > 0) process.exitCode = 1;
}

await main();
