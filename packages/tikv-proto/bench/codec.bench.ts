import { CASES, type Case } from "./cases.js";

/*
 * The hand-written codec beside the generated one, in turns: µs of one command, and how many times
 * as long the generated one takes. Times depend on the machine; the ratio should not. Exits with 1
 * when a hand-written one is slower: then it has no reason to be.
 */

const ROUNDS = Number(process.argv[2] ?? 9);
const ROUND_MS = 100;

let failed = false;
console.log(
  `${"".padEnd(34)}${"hand µs".padStart(10)}${"generated".padStart(11)}${"×".padStart(7)}`,
);
for (const each of CASES) {
  if (each.hand() <= 0) throw new Error(`${each.name} did nothing`);
  const hand: number[] = [];
  const generated: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const [a, b] = [micros(each.hand, each), micros(each.generated, each)];
    // The first one compiles.
    if (round === 0) continue;
    hand.push(a);
    generated.push(b);
    ratios.push(b / a);
  }
  const ratio = median(ratios);
  failed ||= ratio < 1;
  console.log(
    each.name.padEnd(34) +
      median(hand).toFixed(3).padStart(10) +
      median(generated).toFixed(3).padStart(11) +
      ratio.toFixed(1).padStart(7),
  );
}
if (failed) process.exitCode = 1;

function micros(run: () => number, { commands }: Case): number {
  const start = performance.now();
  let runs = 0;
  let spent: number;
  do {
    for (let more = 0; more < 16; more += 1) run();
    runs += 16;
    spent = performance.now() - start;
  } while (spent < ROUND_MS);
  return (spent * 1_000) / (runs * commands);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}
