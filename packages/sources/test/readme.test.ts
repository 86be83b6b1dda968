import { describeReadme } from "@roboflow/readme-examples";

const recordings = new URL("../../../fixtures/recordings/", import.meta.url);

describeReadme(new URL("../README.md", import.meta.url), {
  copies: {
    "run.mcap": new URL("12_episode_0.mcap", recordings),
    "damaged.mcap": new URL("06_corrupt_chunk_crc.mcap", recordings),
  },
});
