import { readFile, stat } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory, videoSettings, writeVideo } from "../../test/support/camera.js";
import { gradient, rawImage } from "../../test/support/pictures.js";
import { hashFrames } from "./decode-video.js";
import { encoderOptions } from "./encoder.js";
import { probeVideo, type VideoProbe } from "./probe-video.js";

const images = Array.from({ length: 24 }, (_, step) => rawImage(gradient(192, 128, step)));
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory[Symbol.asyncDispose]());

interface Encoded {
  bytes: number;
  probe: VideoProbe;
  frames: string[];
}

/** Encodes the same 24 pictures with these keys of `[video]`. */
async function encode(table: Readonly<Record<string, unknown>>): Promise<Encoded> {
  const name = Object.entries(table).flat().join("-");
  const path = directory.file(`${name}.mp4`);
  await writeVideo(path, images, { video: videoSettings(table) });
  return {
    bytes: (await stat(path)).size,
    probe: await probeVideo(path),
    frames: await hashFrames(path),
  };
}

describe.each([
  ["libx264", "h264", "ultrafast"],
  ["libx265", "hevc", "ultrafast"],
  ["libsvtav1", "av1", 6],
] as const)("%s", (codec, canonical, preset) => {
  it("writes its codec", async () => {
    const { probe, frames } = await encode({ codec });
    expect(probe.parameters).toMatchObject({ codec: canonical, width: 192, height: 128 });
    expect(frames).toHaveLength(24);
  });

  it("crf: higher is smaller", async () => {
    const [fine, coarse] = [await encode({ codec, crf: 5 }), await encode({ codec, crf: 45 })];
    expect(coarse.bytes).toBeLessThan(fine.bytes / 2);
  });

  it("preset: changes what is written", async () => {
    const [other, usual] = [await encode({ codec, preset }), await encode({ codec })];
    expect(other.frames).not.toEqual(usual.frames);
  });

  it.each([1, 2, 5, 24])("gop: a key frame every %i frames and nowhere else", async (gop) => {
    const { probe } = await encode({ codec, gop });
    expect(probe.keyFrameDistance).toBe(gop);
    expect(probe.constantRate.kind).toBe("constant");
  });
});

describe("libx264", () => {
  it("threads: as many as configured, whatever the machine has", async () => {
    const path = directory.file("threads.mp4");
    await writeVideo(path, images, { video: videoSettings({ threads: 3 }) });
    // x264 writes its settings into the first packet.
    expect(await readFile(path, "latin1")).toContain(" threads=3 ");
  });

  it("profile: another parameter set", async () => {
    const [baseline, high] = [
      await encode({ profile: "baseline" }),
      await encode({ profile: "high" }),
    ];
    expect(baseline.probe.parameters.extradata).not.toBe(high.probe.parameters.extradata);
  });

  it("pixel_format: 4:2:0 or 4:4:4", async () => {
    const { probe } = await encode({ pixel_format: "yuv444p" });
    expect(probe.parameters.pixFmt).toBe("yuv444p");
  });
});

describe("libx265", () => {
  it("profile: another parameter set", async () => {
    const tables = ["main", "main444-8"].map((profile) => ({
      codec: "libx265",
      profile,
      pixel_format: profile === "main" ? "yuv420p" : "yuv444p",
    }));
    const [main, other] = [await encode(tables[0] ?? {}), await encode(tables[1] ?? {})];
    expect(main.probe.parameters.pixFmt).toBe("yuv420p");
    expect(other.probe.parameters.pixFmt).toBe("yuv444p");
    expect(main.probe.parameters.extradata).not.toBe(other.probe.parameters.extradata);
  });
});

/* These two write nothing of it into the file, and the pictures must not depend on it. */
describe("threads", () => {
  it.each([
    ["libx265", "x265-params", "pools=5:frame-threads=5:"],
    ["libsvtav1", "svtav1-params", "lp=5"],
  ])("are set for %s", (codec, option, value) => {
    const options = encoderOptions(videoSettings({ codec, threads: 5 }));
    expect(options[option]).toContain(value);
  });

  it("do not change the pictures of libsvtav1", async () => {
    const [one, four] = [
      await encode({ codec: "libsvtav1", threads: 1 }),
      await encode({ codec: "libsvtav1", threads: 4 }),
    ];
    expect(four.frames).toEqual(one.frames);
  });
});
