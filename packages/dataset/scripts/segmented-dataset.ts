import { resolve } from "node:path";
import { createStorage, joinUrl, toUrl } from "@roboflow/storage";
import { assembleArtifacts, convertSource, LerobotConfig, publishArtifacts } from "../src/index.js";

/*
 * Makes a dataset whose episodes' videos have several segments each, as only long recordings give
 * them otherwise. Arguments: output directory, config, recordings.
 */

const CHECKPOINT_FRAMES = 20;

const [output = "", configPath = "", ...recordings] = process.argv.slice(2);
const { hash, content } = await LerobotConfig.fromFile(configPath);
const config = { hash, content };
const outputUrl = toUrl(`${resolve(output)}/`, "/");
const work = joinUrl(outputUrl, ".roboflow", "segmented");
await using storage = createStorage();
const episodes: { readonly sourceUrl: string; readonly artifactUrl: string }[] = [];
for (const [index, path] of recordings.entries()) {
  const { url, size, identity } = await storage.stat(toUrl(path, process.cwd()));
  const artifactUrl = joinUrl(work, `${index}`);
  await convertSource({
    source: { url, size, identity },
    config,
    annotation: null,
    task: null,
    artifactUrl,
    options: { strict: false, salvage: false },
    checkpointFrames: CHECKPOINT_FRAMES,
  });
  episodes.push({ sourceUrl: url, artifactUrl });
}
const stagingUrl = joinUrl(work, "final");
await assembleArtifacts({ config, episodes, stagingUrl });
await publishArtifacts(
  { stagingUrl, outputUrl, storeUrl: "none:", batchId: "segmented", generation: 1 },
  { stillLeader: async () => true },
);
await storage.removeTree(work);
