/**
 * Lets a reader that has seen enough (`roboflow health | head -3`) close the pipe: what is still
 * written is dropped. Node reports it as an error that would end the process with a stack trace.
 */
export function endWithReader(...streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}
