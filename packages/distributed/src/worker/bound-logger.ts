import type { LogFields, Logger } from "@roboflow/core";

/** A logger whose every line carries `fields()` as they are then; a line's own fields win. */
export function boundLogger(logger: Logger, fields: () => LogFields): Logger {
  const at =
    (level: keyof Logger) =>
    (message: string, more: LogFields = {}): void =>
      logger[level](message, { ...fields(), ...more });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
