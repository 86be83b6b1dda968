import type { ConstructorOptions } from "pg-boss";

export const BOSS_QUEUE = "bench";

/** @param address `<directory of the socket>#<port>#<schema>` */
export function bossOptions(address: string): ConstructorOptions {
  const [host = "", port = "", schema = ""] = address.split("#");
  return {
    host,
    port: Number(port),
    user: "postgres",
    database: "postgres",
    schema,
    // Its maintenance has nothing to do within a run and would cost it time.
    supervise: false,
    schedule: false,
  };
}
