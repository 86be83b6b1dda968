/** Does `work` for each item, up to `atOnce` at the same time, and gives the results in order. */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void> {
  const running: Promise<R>[] = [];
  try {
    for (const item of items) {
      const started = work(item);
      // Told when it is its turn.
      started.catch(() => undefined);
      running.push(started);
      if (running.length < atOnce) continue;
      const first = running.shift();
      if (first !== undefined) yield await first;
    }
    for (const one of running) yield await one;
  } finally {
    await Promise.allSettled(running);
  }
}
