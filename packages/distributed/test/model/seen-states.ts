/**
 * Numbers states in the order in which they are first seen, by 64 bits of hash of each: ten million
 * states meet by chance once in a hundred thousand explorations.
 */
export class SeenStates {
  #low = new Uint32Array(1 << 16);
  #high = new Uint32Array(1 << 16);
  /** One more than the state's number; 0 where there is none. */
  #numbers = new Int32Array(1 << 16);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The state's number, and whether it is new. */
  add(text: string): { readonly number: number; readonly isNew: boolean } {
    if (this.#size * 2 > this.#numbers.length) this.#grow();
    const [low, high] = hash(text);
    const slot = this.#slot(low, high);
    const found = this.#numbers[slot] ?? 0;
    if (found > 0) return { number: found - 1, isNew: false };
    this.#size += 1;
    this.#low[slot] = low;
    this.#high[slot] = high;
    this.#numbers[slot] = this.#size;
    return { number: this.#size - 1, isNew: true };
  }

  #slot(low: number, high: number): number {
    const mask = this.#numbers.length - 1;
    let slot = low & mask;
    while (this.#numbers[slot] !== 0 && (this.#low[slot] !== low || this.#high[slot] !== high)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const [low, high, numbers] = [this.#low, this.#high, this.#numbers];
    const length = numbers.length * 2;
    this.#low = new Uint32Array(length);
    this.#high = new Uint32Array(length);
    this.#numbers = new Int32Array(length);
    for (const [at, number] of numbers.entries()) {
      if (number === 0) continue;
      const slot = this.#slot(low[at] ?? 0, high[at] ?? 0);
      this.#low[slot] = low[at] ?? 0;
      this.#high[slot] = high[at] ?? 0;
      this.#numbers[slot] = number;
    }
  }
}

/** Two 32-bit hashes as in MurmurHash3, with different seeds and constants. */
function hash(text: string): [low: number, high: number] {
  let [a, b] = [0x9747b28c, 0x3c6ef372];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 0xcc9e2d51);
    a = (a << 13) | (a >>> 19);
    b = Math.imul(b ^ code, 0x85ebca6b);
    b = (b << 15) | (b >>> 17);
  }
  return [mixed(a ^ text.length), mixed(b + text.length)];
}

function mixed(hash: number): number {
  let mix = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}
