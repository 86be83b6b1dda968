/** The steps between numbered states, in as little memory as they need. */
export class EdgeList {
  #from: Int32Array = new Int32Array(1 << 16);
  #to: Int32Array = new Int32Array(1 << 16);
  #size = 0;

  add(from: number, to: number): void {
    if (from === to) return;
    if (this.#size === this.#from.length) {
      this.#from = grown(this.#from);
      this.#to = grown(this.#to);
    }
    this.#from[this.#size] = from;
    this.#to[this.#size] = to;
    this.#size += 1;
  }

  /** The first of `count` states from which no way leads to any of `goals`; undefined if all have one. */
  firstThatReachesNone(count: number, goals: readonly number[]): number | undefined {
    const { starts, sources } = this.#backwards(count);
    const reaches = new Uint8Array(count);
    const left = [...goals];
    for (const goal of goals) reaches[goal] = 1;
    for (let state = left.pop(); state !== undefined; state = left.pop()) {
      const end = starts[state + 1] ?? 0;
      for (let at = starts[state] ?? 0; at < end; at += 1) {
        const source = sources[at] ?? 0;
        if (reaches[source] === 1) continue;
        reaches[source] = 1;
        left.push(source);
      }
    }
    const first = reaches.indexOf(0);
    return first < 0 ? undefined : first;
  }

  /** The sources of the edges into each state: those of state n from `starts[n]` on. */
  #backwards(count: number): { readonly starts: Int32Array; readonly sources: Int32Array } {
    const starts = new Int32Array(count + 1);
    for (let at = 0; at < this.#size; at += 1) {
      const to = this.#to[at] ?? 0;
      starts[to + 1] = (starts[to + 1] ?? 0) + 1;
    }
    for (let state = 0; state < count; state += 1) {
      starts[state + 1] = (starts[state + 1] ?? 0) + (starts[state] ?? 0);
    }
    const next = starts.slice();
    const sources = new Int32Array(this.#size);
    for (let at = 0; at < this.#size; at += 1) {
      const to = this.#to[at] ?? 0;
      sources[next[to] ?? 0] = this.#from[at] ?? 0;
      next[to] = (next[to] ?? 0) + 1;
    }
    return { starts, sources };
  }
}

function grown(array: Int32Array): Int32Array {
  const twice = new Int32Array(array.length * 2);
  twice.set(array);
  return twice;
}
