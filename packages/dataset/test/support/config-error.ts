import { LerobotConfig } from "../../src/config/lerobot-config.js";
import { DatasetError } from "../../src/error.js";

/** The message of the error that a config gives, without the file's name; empty if it is valid. */
export function configError(toml: string): string {
  try {
    LerobotConfig.fromToml(toml, { file: "robot.toml" });
  } catch (error) {
    if (error instanceof DatasetError && error.code === "ERR_ROBOFLOW_CONFIG_INVALID") {
      return error.message.replace(/^robot\.toml: /, "");
    }
    throw error;
  }
  return "";
}

/** A valid config with these lines in its only mapping, from line 7 on. */
export function withMapping(...lines: string[]): string {
  return [
    "[dataset]",
    'name = "demo"',
    "fps = 30",
    "",
    "[[mappings]]",
    'topic = "/joint_states"',
    ...lines,
  ].join("\n");
}

/** A valid config with these lines in a table, from line 9 on. */
export function withTable(table: string, ...lines: string[]): string {
  return `${withMapping('feature = "observation.state"')}\n[${table}]\n${lines.join("\n")}`;
}
