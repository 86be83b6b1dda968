import { openStore } from "../store/open-store.js";
import { bytes } from "./test-store.js";

/**
 * A process for the crash tests to kill. Arguments: store URL, `hold` or `commit`, a name.
 *
 * `hold` begins a transaction, writes, says `begun` and never ends it. `commit` commits one
 * transaction after the other, each setting three keys to its number, and says `acked N` after.
 */
const [url = "", mode = "", name = ""] = process.argv.slice(2);

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const store = await openStore(url);
if (mode === "hold") {
  // Keeps the process alive until it is killed.
  setInterval(() => {}, 60_000);
  await store.transact(async (tx) => {
    await tx.get(bytes(`${name}/left`));
    tx.put(bytes(`${name}/left`), bytes("held"));
    tx.put(bytes(`${name}/right`), bytes("held"));
    say("begun");
    await new Promise(() => {});
  });
} else {
  for (let number = 1; ; number += 1) {
    await store.transact(async (tx) => {
      tx.put(bytes(`${name}/left`), bytes(String(number)));
      // Large enough that a commit takes many pages, and so a while.
      tx.put(bytes(`${name}/bulk`), bytes(String(number).padEnd(40_000, ".")));
      tx.put(bytes(`${name}/right`), bytes(String(number)));
    });
    say(`acked ${number}`);
  }
}
