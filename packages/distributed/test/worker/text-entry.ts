import { access, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createStorage } from "@roboflow/storage";
import { serveChild } from "../../src/worker/serve-child.js";
import { fakeConversion } from "./fake-conversion.js";

/** Directory where the test says what to hold up, and is told what is held up. */
const directory = process.env["ROBOFLOW_TEST_DIRECTORY"] ?? "";

/** While the file `hold-<step>` is there, tells this process's id in `at-<step>` and waits. */
async function gate(step: "convert" | "assemble", signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await exists(`${directory}/hold-${step}`))) {
    await writeFile(`${directory}/at-${step}`, `${process.pid}\n`);
    await sleep(20);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

const { convert, assemble } = fakeConversion(createStorage());
serveChild({
  async convert(request, context) {
    await gate("convert", context.signal);
    return convert(request, context);
  },
  async assemble(request, context) {
    await gate("assemble", context.signal);
    return assemble(request, context);
  },
});
