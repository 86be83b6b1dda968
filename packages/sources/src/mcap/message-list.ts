import { eachMessage } from "./record.js";
import { countMessage, type Tallies } from "./tally.js";

/** The wanted messages of a block in order of log time, equal times in file order. */
export interface MessageList {
  readonly times: BigUint64Array;
  /** Where each one's content begins in the block, and how long it is. */
  readonly offsets: Uint32Array;
  readonly lengths: Uint32Array;
  /** The same messages counted by channel. */
  readonly tallies: Tallies;
}

/** A string instead says what is wrong with the records. */
export function listMessages(
  view: DataView,
  isWanted: (channelId: number) => boolean,
): MessageList | string {
  let count = 0;
  const tallies: Tallies = new Map();
  const problem = eachMessage(view, (channelId, logTime) => {
    if (!isWanted(channelId)) return;
    count += 1;
    countMessage(tallies, channelId, logTime);
  });
  if (problem !== undefined) return problem;
  const times = new BigUint64Array(count);
  const offsets = new Uint32Array(count);
  const lengths = new Uint32Array(count);
  let at = 0;
  let isSorted = true;
  let previous = 0n;
  eachMessage(view, (channelId, logTime, contentAt, contentLength) => {
    if (!isWanted(channelId)) return;
    times[at] = logTime;
    offsets[at] = contentAt;
    lengths[at] = contentLength;
    isSorted &&= logTime >= previous;
    previous = logTime;
    at += 1;
  });
  const list = { times, offsets, lengths, tallies };
  return isSorted ? list : sorted(list);
}

function sorted({ times, offsets, lengths, tallies }: MessageList): MessageList {
  const order = Uint32Array.from(times.keys()).sort((a, b) => {
    const [timeA, timeB] = [times[a] ?? 0n, times[b] ?? 0n];
    return timeA < timeB ? -1 : timeA > timeB ? 1 : a - b;
  });
  return {
    times: BigUint64Array.from(order, (i) => times[i] ?? 0n),
    offsets: Uint32Array.from(order, (i) => offsets[i] ?? 0),
    lengths: Uint32Array.from(order, (i) => lengths[i] ?? 0),
    tallies,
  };
}
