import type { Storage } from "@roboflow/storage";
import { joinUrl } from "@roboflow/storage";
import { DistributedError } from "../../src/error.js";
import type { Assemble, Convert, Publish } from "../../src/worker/conversion.js";

/** A conversion of text files that leaves real files: an "episode" is its recording's text. */
export interface FakeConversion {
  readonly convert: Convert;
  readonly assemble: Assemble;
  readonly publish: Publish;
}

const EPISODE = "episode.json";
export const DATASET = "dataset.json";

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

export async function readJson(storage: Storage, url: string): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await storage.readAll(url)));
}

export function fakeConversion(storage: Storage): FakeConversion {
  return {
    async convert({ source, artifactUrl, task, config }) {
      const text = new TextDecoder().decode(await storage.readAll(source.url));
      const frames = text.length;
      await storage.put(joinUrl(artifactUrl, EPISODE), bytes({ text, task, config: config.hash }));
      return { frames, episodes: frames === 0 ? 0 : 1, report: [], warnings: [] };
    },
    async assemble({ episodes, stagingUrl, generation }) {
      const parts: unknown[] = [];
      for (const { artifactUrl } of episodes) {
        parts.push(await readJson(storage, joinUrl(artifactUrl, EPISODE)));
      }
      await storage.put(joinUrl(stagingUrl, DATASET), bytes({ generation, episodes: parts }));
      return {
        episodes: parts.length,
        frames: parts.length * 10,
        features: { action: { dtype: "float32", shape: [2] } },
      };
    },
    async publish({ stagingUrl, outputUrl }, { stillLeader }) {
      if (!(await stillLeader())) {
        throw new DistributedError("ERR_ROBOFLOW_LEASE_LOST", "no longer leader");
      }
      await storage.move(joinUrl(stagingUrl, DATASET), joinUrl(outputUrl, DATASET));
    },
  };
}
