import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { temporaryDirectory } from "../../test/support/camera.js";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const camera = new URL("../../test/support/camera.ts", import.meta.url).href;
const pictures = new URL("../../test/support/pictures.ts", import.meta.url).href;

it.each(["libx264", "libx265", "libsvtav1"])("nothing prints while %s encodes", async (codec) => {
  await using directory = await temporaryDirectory();
  const program = `
    const { videoSettings, writeVideo } = await import(${JSON.stringify(camera)});
    const { gradient, jpegImage } = await import(${JSON.stringify(pictures)});
    const image = await jpegImage(gradient(64, 64));
    const broken = { ...image, data: image.data.map((byte, at) => (at > 350 && at < 380 ? 0 : byte)) };
    const video = videoSettings({ codec: ${JSON.stringify(codec)} });
    const path = (name) => ${JSON.stringify(directory.path)} + "/" + name;
    await writeVideo(path("whole.mp4"), [image, image], { video });
    await writeVideo(path("broken.mp4"), [image, broken], { video }).catch(() => {});
    console.log("done");
  `;
  const args = ["--conditions=@roboflow/source", "--import", tsx, "--input-type=module", "--eval"];
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...args, program], {
    cwd,
  });
  expect({ stdout, stderr }).toEqual({ stdout: "done\n", stderr: "" });
});
