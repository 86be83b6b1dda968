import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createStorage, toUrl } from "@roboflow/storage";
import { countersIn, datasetContent } from "../checks/dataset-content.js";
import type { DatasetContent } from "../checks/dataset-content.js";
import type { Program } from "../program/program.js";
import { counterAt, framesOf, recordingName } from "../recordings/episodes.js";

/** Datasets that one worker made with nobody disturbing it, each made once. */
export class Undisturbed {
  readonly #program: Program;
  readonly #recordings: string;
  readonly #directory: string;
  readonly #made = new Map<string, Promise<DatasetContent>>();

  /** @param options.recordings see `writeRecordings` */
  constructor(options: {
    readonly program: Program;
    readonly recordings: string;
    readonly directory: string;
  }) {
    this.#program = options.program;
    this.#recordings = options.recordings;
    this.#directory = options.directory;
  }

  /** What readers must see of the dataset of these episodes. */
  of(episodes: readonly number[]): Promise<DatasetContent> {
    const name = episodes.join("-");
    const made = this.#made.get(name) ?? this.#make(episodes, join(this.#directory, name));
    this.#made.set(name, made);
    return made;
  }

  async #make(episodes: readonly number[], directory: string): Promise<DatasetContent> {
    await mkdir(directory, { recursive: true });
    const output = join(directory, "dataset");
    const recordings = episodes.map((episode) => join(this.#recordings, recordingName(episode)));
    const config = join(this.#recordings, "robot.toml");
    await this.#run(directory, ["submit", ...recordings, "--config", config, "--output", output]);
    await this.#run(directory, ["worker", "--drain"]);
    await this.#run(directory, ["dataset", "verify", output]);
    await using storage = createStorage();
    const url = toUrl(`${output}/`, directory);
    // What everything else is compared with must itself be right.
    const counters = await countersIn(storage, url);
    const expected = episodes.flatMap((episode) =>
      Array.from({ length: framesOf(episode) }, (_, frame) => counterAt(episode, frame)),
    );
    if (counters.join() !== expected.join()) {
      throw new Error(`the undisturbed dataset in ${output} does not hold its episodes in order`);
    }
    const content = await datasetContent(storage, url);
    if (content.size < 5) {
      throw new Error(`the undisturbed dataset in ${output} is not whole`);
    }
    return content;
  }

  async #run(directory: string, args: readonly string[]): Promise<void> {
    const env = { ROBOFLOW_STORE: `lmdb:${join(directory, "store")}` };
    const { code } = await (await this.#program.start({ directory, env }, args)).ended;
    if (code !== 0) {
      throw new Error(
        `roboflow ${args[0]} ended with exit code ${code}; see ${directory}/stderr.log`,
      );
    }
  }
}
