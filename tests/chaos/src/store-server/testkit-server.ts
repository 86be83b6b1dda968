import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ClusterControl, CommitWatch, StoreServer } from "./store-server.js";
import type { ControlCall, FromTestkit } from "./testkit-messages.js";

/** Starts a cluster of the testkit in a process of its own. @param program see `copyProgram` */
export async function startTestkit(program: string): Promise<StoreServer> {
  const entry = join(program, "tests/chaos/dist/store-server/testkit-process.js");
  const child = fork(entry, [], { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = once(child, "exit");
  const [ready] = (await Promise.race([
    once(child, "message"),
    ended.then(() => Promise.reject(new Error("the testkit ended before it served"))),
  ])) as [FromTestkit];
  if (ready.type !== "ready") throw new Error("the testkit answered before it served");
  return {
    kind: "testkit",
    url: `tikv://${ready.endpoints.join(",")}`,
    control: remoteControl(child),
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await ended;
    },
  };
}

function remoteControl(child: ChildProcess): ClusterControl & CommitWatch {
  const waiting = new Map<number, (answer: Extract<FromTestkit, { type: "answer" }>) => void>();
  let last = 0;
  child.on("message", (message: FromTestkit) => {
    if (message.type === "answer") waiting.get(message.id)?.(message);
  });
  const call = async (
    method: ControlCall["method"],
    ...args: ControlCall["args"]
  ): Promise<unknown> => {
    last += 1;
    const id = last;
    const answer = await new Promise<Extract<FromTestkit, { type: "answer" }>>((resolve) => {
      waiting.set(id, resolve);
      child.send({ id, method, args } satisfies ControlCall);
    });
    waiting.delete(id);
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error}`);
    return answer.value;
  };
  return {
    split: async (key) => (await call("split", key)) === true,
    moveLeader: async (key) => void (await call("moveLeader", key)),
    stopStores: async () => void (await call("stopStores")),
    startStores: async () => void (await call("startStores")),
    stopPdLeader: async () => void (await call("stopPdLeader")),
    startPd: async () => void (await call("startPd")),
    waitForCommits: async (count, holdMs) => void (await call("waitForCommits", count, holdMs)),
    loseCommitAnswers: async (oneOf) => Number(await call("loseCommitAnswers", oneOf)),
  };
}
