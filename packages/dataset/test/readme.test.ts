import { describeReadme } from "@roboflow/readme-examples";

const recording = (name: string) =>
  new URL(`../../../fixtures/recordings/${name}`, import.meta.url);

describeReadme(new URL("../README.md", import.meta.url), {
  copies: {
    "pick_0.mcap": recording("12_episode_0.mcap"),
    "pick_1.mcap": recording("12_episode_1.mcap"),
  },
});
