import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { FaultRule } from "@roboflow/s3-testkit";
import { createStorage } from "@roboflow/storage";
import { EPISODES, recordingName } from "../recordings/episodes.js";
import type { ObjectStoreControl, Site } from "./site.js";

const BUCKET = "robots";

/** The line that the server prints once it serves. */
interface Ready {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A bucket on a server in a process of its own. @param options.program see `copyProgram` */
export async function s3Site(options: {
  readonly program: string;
  readonly recordings: string;
}): Promise<Site> {
  const entry = join(options.program, "packages/s3-testkit/dist/main.js");
  // It stops when its input closes, so it never outlives this process.
  const server = spawn(process.execPath, [entry, "--bucket", BUCKET, "--stdin"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(server, "exit");
  const [line] = (await Promise.race([
    once(createInterface({ input: server.stdout }), "line"),
    ended.then(() => Promise.reject(new Error("s3-testkit ended before it served"))),
  ])) as [string];
  const { url, env } = JSON.parse(line) as Ready;
  const storage = createStorage({ env: { ...env } });
  const recordings = Array.from({ length: EPISODES }, (_, episode) => recordingName(episode));
  for (const name of recordings) {
    await storage.upload(`s3://${BUCKET}/recordings/${name}`, join(options.recordings, name));
  }
  return {
    kind: "s3",
    env: { ...env },
    recordings: recordings.map((name) => `s3://${BUCKET}/recordings/${name}`),
    outputUrl: `s3://${BUCKET}/dataset/`,
    storage,
    control: controlOf(url),
    [Symbol.asyncDispose]: async () => {
      await storage.close();
      server.stdin.end();
      await ended;
    },
  };
}

/** The server's admin path, as the README of `s3-testkit` describes it. */
function controlOf(url: string): ObjectStoreControl {
  const ask = async (method: string, path: string, body?: string): Promise<unknown> => {
    const init = body === undefined ? { method } : { method, body };
    const answer = await fetch(`${url}/_admin/${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} /_admin/${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  return {
    inflict: async (rule: FaultRule) => void (await ask("POST", "faults", JSON.stringify(rule))),
    calm: async () => {
      const rules = (await ask("GET", "faults")) as readonly { readonly acted: number }[];
      await ask("DELETE", "faults");
      return rules.reduce((sum, { acted }) => sum + acted, 0);
    },
    unfinishedUploads: async () => {
      const uploads = (await ask("GET", "uploads")) as readonly { readonly key: string }[];
      return uploads.map(({ key }) => key);
    },
  };
}
