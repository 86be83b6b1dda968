import PgBoss from "pg-boss";
import { BOSS_QUEUE, bossOptions } from "./boss-options.js";
import { serveQueue } from "./serve-queue.js";

/* A process of the bench with pg-boss: `fetch` and `complete` in loops, as its documentation shows. */

/** As many jobs as one of our submit's transactions holds. */
const JOBS_PER_INSERT = 200;

serveQueue(async (address, loops) => {
  const boss = new PgBoss({ ...bossOptions(address), migrate: false, max: loops });
  boss.on("error", (error) => {
    throw error;
  });
  await boss.start();
  return {
    async submit(count) {
      for (let from = 0; from < count; from += JOBS_PER_INSERT) {
        const jobs = Array.from(
          { length: Math.min(JOBS_PER_INSERT, count - from) },
          (_, index) => ({
            name: BOSS_QUEUE,
            data: { url: `file:///${from + index}.mcap`, size: 1, identity: "i" },
          }),
        );
        await boss.insert(jobs);
      }
    },
    async claim() {
      const [job] = await boss.fetch(BOSS_QUEUE);
      if (job === undefined) return undefined;
      return {
        async complete() {
          await boss.complete(BOSS_QUEUE, job.id, { frames: 1, episodes: 1 });
          return undefined;
        },
      };
    },
    takeConflicts: () => 0,
    [Symbol.asyncDispose]: () => boss.stop({ graceful: false }),
  };
});
