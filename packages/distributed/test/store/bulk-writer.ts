import { DistributedError } from "../../src/error.js";
import { LmdbStore } from "../../src/store/lmdb-store.js";

/**
 * A process that commits `count` values of `size` bytes, one each time, under `name/0`, `name/1`
 * and so on, and says `acked N` after each; at the first error it says what it was.
 */
const [path = "", name = "", count = "", size = ""] = process.argv.slice(2);

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

try {
  await using store = await LmdbStore.open(path);
  for (let index = 0; index < Number(count); index += 1) {
    const value = Buffer.alloc(Number(size), index % 256);
    await store.transact(async (tx) => tx.put(Buffer.from(`${name}/${index}`), value));
    say(`acked ${index}`);
  }
  say("done");
} catch (error) {
  if (!(error instanceof DistributedError)) throw error;
  const { code, permanence, message, hint } = error;
  say(JSON.stringify({ code, permanence, message, hint }));
}
