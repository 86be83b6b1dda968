/** Structured values that go with a message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** What libraries log to. They never print; the application decides where it goes. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const ignore = (): void => {};

/** Drops everything: the default of every library entry point. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
