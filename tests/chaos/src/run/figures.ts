/** What happened in a scenario or a run, by what is counted. */
export class Figures {
  readonly #counts = new Map<string, number>();

  count(what: string, times = 1): void {
    if (times > 0) this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  addAll(other: Figures): void {
    for (const [what, times] of other.#counts) this.count(what, times);
  }

  get(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** e.g. `2 kills, 1 lease loss`, in order of name. */
  toString(): string {
    const parts = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return parts.map(([what, times]) => `${what} ${times}`).join(", ");
  }
}
