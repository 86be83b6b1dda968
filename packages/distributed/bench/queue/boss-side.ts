import { join } from "node:path";
import PgBoss from "pg-boss";
import { BOSS_QUEUE, bossOptions } from "./boss-options.js";
import type { Postgres } from "./postgres.js";
import { PEER } from "./table.js";
import { startProcesses, type Side } from "./side.js";

const KEPT = "kept";

/** pg-boss on PostgreSQL, in a schema for each kind of fullness. */
export async function bossSide(
  { socket, port }: Postgres,
  finished: readonly number[],
): Promise<Side> {
  const bosses = new Map<string, PgBoss>();
  const addresses = new Map<number, string>();
  for (const count of finished) {
    const address = `${socket}#${port}#boss${count}`;
    const boss = new PgBoss({ ...bossOptions(address), max: 1 });
    // What it is asked rejects by itself; this tells of idle connections that the server's end cuts.
    boss.on("error", () => {});
    await boss.start();
    await boss.createQueue(BOSS_QUEUE);
    await boss.getDb().executeSql(
      `INSERT INTO boss${count}.job (name, data, state, started_on, completed_on, output, singleton_key)
       SELECT '${BOSS_QUEUE}', jsonb_build_object('url', 'file:///' || i || '.mcap', 'size', 1, 'identity', 'i'),
         'completed', now(), now(), '{"frames": 1, "episodes": 1}', '${KEPT}'
       FROM generate_series(1, ${count}) i`,
      [],
    );
    await settle(boss, count);
    bosses.set(address, boss);
    addresses.set(count, address);
  }
  const entry = join(import.meta.dirname, "pg-boss.ts");
  const processes = await startProcesses(entry, [...addresses.values()]);
  return {
    name: PEER,
    processes,
    address: (count) => addresses.get(count),
    async forget(address) {
      const boss = bosses.get(address);
      const count = [...addresses].find(([, each]) => each === address)?.[0];
      if (boss === undefined || count === undefined) return;
      await boss
        .getDb()
        .executeSql(
          `DELETE FROM boss${count}.job WHERE singleton_key IS DISTINCT FROM '${KEPT}'`,
          [],
        );
      await settle(boss, count);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(processes.map((each) => each[Symbol.asyncDispose]()));
      for (const boss of bosses.values()) await boss.stop({ graceful: false });
    },
  };
}

/** What autovacuum would do in time, so that no run pays for the one before. */
async function settle(boss: PgBoss, count: number): Promise<void> {
  await boss.getDb().executeSql(`VACUUM (ANALYZE) boss${count}.job`, []);
}
