/** A sleep that others can end early. A call of `wake` while nobody sleeps ends the next sleep. */
export class Wake {
  #pending = false;
  #end: (() => void) | undefined;

  wake(): void {
    if (this.#end) this.#end();
    else this.#pending = true;
  }

  /** At most `ms` milliseconds. */
  async sleep(ms: number): Promise<void> {
    if (this.#pending) {
      this.#pending = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#end = undefined;
  }
}
