/** How many messages there are, and the range of their log times. */
export interface Tally {
  count: number;
  first: bigint;
  last: bigint;
}

/** By channel id. */
export type Tallies = Map<number, Tally>;

/** Adds `more` to the channel's tally. */
export function addTally(tallies: Tallies, channelId: number, more: Readonly<Tally>): void {
  const tally = tallies.get(channelId);
  if (tally === undefined) {
    tallies.set(channelId, { ...more });
    return;
  }
  tally.count += more.count;
  if (more.first < tally.first) tally.first = more.first;
  if (more.last > tally.last) tally.last = more.last;
}

/** Counts one message. */
export function countMessage(tallies: Tallies, channelId: number, logTime: bigint): void {
  const tally = tallies.get(channelId);
  if (tally === undefined) {
    tallies.set(channelId, { count: 1, first: logTime, last: logTime });
    return;
  }
  tally.count += 1;
  if (logTime < tally.first) tally.first = logTime;
  if (logTime > tally.last) tally.last = logTime;
}

/** What the tallies of those channels make together; undefined if they have no message. */
export function totalOf(
  tallies: ReadonlyMap<number, Tally>,
  channelIds: Iterable<number>,
): Tally | undefined {
  const total: Tallies = new Map();
  for (const id of channelIds) {
    const tally = tallies.get(id);
    if (tally !== undefined) addTally(total, 0, tally);
  }
  return total.get(0);
}

/** Whether both count the same of those channels. */
export function agree(
  a: ReadonlyMap<number, Tally>,
  b: ReadonlyMap<number, Tally>,
  channelIds: Iterable<number>,
): boolean {
  for (const id of channelIds) {
    const [x, y] = [a.get(id), b.get(id)];
    if (x?.count !== y?.count || x?.first !== y?.first || x?.last !== y?.last) return false;
  }
  return true;
}
