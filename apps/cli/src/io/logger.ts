import type { LogFields, Logger } from "@roboflow/core";
import type { Terminal } from "./terminal.js";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const STYLES = { debug: "dim", info: "blue", warn: "yellow", error: "red" } as const;

/** JSON has no bigint or Error; logs must never fail on one. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Error) return value.message;
  return value;
}

/** Log lines on stderr: text for people, or with `json` one object a line. */
export function terminalLogger(
  terminal: Terminal,
  options: { readonly level: LogLevel; readonly json: boolean },
): Logger {
  const least = LOG_LEVELS.indexOf(options.level);
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(level) < least) return;
      if (options.json) {
        terminal.message(
          JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }, plain),
        );
        return;
      }
      const rest = Object.entries(fields)
        .map(
          ([key, value]) =>
            ` ${key}=${typeof value === "string" ? value : JSON.stringify(value, plain)}`,
        )
        .join("");
      terminal.message(
        `${terminal.style(STYLES[level], level)} ${message}${terminal.style("dim", rest)}`,
      );
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
