/** What has a deadline. The wheel owns the fields; it is a node so that setting one allocates nothing. */
export abstract class WheelNode {
  deadline = 0;
  previous: WheelNode | undefined = undefined;
  next: WheelNode | undefined = undefined;
  abstract onDeadline(): void;
}

class Slot extends WheelNode {
  override onDeadline(): void {}
}

const TICK_MS = 20;
const SLOTS = 512;

/**
 * Deadlines of a client's requests under one timer. A deadline passes up to two ticks late. The timer never keeps
 * the process alive: what waits holds a socket that does.
 */
export class TimerWheel {
  readonly #slots = Array.from({ length: SLOTS }, () => new Slot());
  #timer: NodeJS.Timeout | undefined;
  #tick = 0;
  /** The time of `#tick`, which lags behind by less than a tick of the timer. */
  #now = performance.now();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Calls `node.onDeadline` once after `ms`, unless cancelled. Replaces a deadline set before. */
  schedule(node: WheelNode, ms: number): void {
    this.cancel(node);
    const now = performance.now();
    if (this.#timer === undefined) {
      this.#now = now;
      this.#timer = setInterval(this.#turn, TICK_MS);
      this.#timer.unref();
    }
    node.deadline = now + ms;
    this.#insert(node);
  }

  cancel(node: WheelNode): void {
    if (node.previous === undefined) return;
    this.#unlink(node);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #insert(node: WheelNode): void {
    const ticks = Math.max(1, Math.ceil((node.deadline - this.#now) / TICK_MS));
    const slot = this.#slots[(this.#tick + Math.min(ticks, SLOTS - 1)) % SLOTS];
    if (slot === undefined) throw new RangeError(`No slot for tick ${this.#tick}`);
    node.previous = slot;
    node.next = slot.next;
    if (slot.next !== undefined) slot.next.previous = node;
    slot.next = node;
    this.#size++;
  }

  #unlink(node: WheelNode): void {
    if (node.previous !== undefined) node.previous.next = node.next;
    if (node.next !== undefined) node.next.previous = node.previous;
    node.previous = undefined;
    node.next = undefined;
    this.#size--;
  }

  readonly #turn = (): void => {
    if (this.#size === 0) {
      this.close();
      return;
    }
    const now = performance.now();
    // After a long pause every slot is due once, whatever the number of ticks missed.
    this.#now = Math.max(this.#now, now - SLOTS * TICK_MS);
    // Ticks come late: what is over a whole one counts for the next.
    while (now - this.#now >= TICK_MS) {
      this.#now += TICK_MS;
      this.#tick = (this.#tick + 1) % SLOTS;
      this.#expire(now);
    }
  };

  #expire(now: number): void {
    const slot = this.#slots[this.#tick];
    for (let node = slot?.next; node !== undefined; node = slot?.next) {
      this.#unlink(node);
      // Further off than the wheel is round.
      if (node.deadline > now) this.#insert(node);
      else node.onDeadline();
    }
  }
}
