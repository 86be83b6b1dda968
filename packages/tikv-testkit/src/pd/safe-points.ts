import type { TestClock } from "../clock/test-clock.js";

interface ServiceSafePoint {
  readonly service: string;
  readonly safePoint: bigint;
  /** On the cluster's clock; Infinity: for ever. */
  readonly expiresAtMs: number;
}

/** Longest time to live: counts as for ever. */
const FOREVER_S = (1n << 63n) - 1n;

/** Up to where old versions may be collected, and who keeps them from being. */
export class SafePoints {
  #gc = 0n;
  readonly #services = new Map<string, ServiceSafePoint>();

  constructor(private readonly clock: TestClock) {}

  get gc(): bigint {
    return this.#gc;
  }

  /** Never goes back. @returns what holds now */
  updateGc(safePoint: bigint): bigint {
    if (safePoint > this.#gc) {
      this.#gc = safePoint;
    }
    return this.#gc;
  }

  /**
   * Keeps versions from `safePoint` on for a service, unless another holds more back already.
   * @param ttlSeconds 0 or less: the service needs nothing any more
   * @returns the service that holds back most
   */
  updateService(service: string, ttlSeconds: bigint, safePoint: bigint): ServiceMinimum {
    if (ttlSeconds <= 0n) {
      this.#services.delete(service);
    } else if (safePoint >= (this.#minimum()?.safePoint ?? 0n)) {
      const expiresAtMs =
        ttlSeconds === FOREVER_S
          ? Number.POSITIVE_INFINITY
          : this.clock.now() + Number(ttlSeconds) * 1_000;
      this.#services.set(service, { service, safePoint, expiresAtMs });
    }
    const minimum = this.#minimum();
    if (minimum === undefined) {
      return { service: "", ttlSeconds: FOREVER_S, safePoint: 0n };
    }
    const leftMs = minimum.expiresAtMs - this.clock.now();
    return {
      service: minimum.service,
      safePoint: minimum.safePoint,
      ttlSeconds: Number.isFinite(leftMs) ? BigInt(Math.ceil(leftMs / 1_000)) : FOREVER_S,
    };
  }

  #minimum(): ServiceSafePoint | undefined {
    const now = this.clock.now();
    let minimum: ServiceSafePoint | undefined;
    for (const entry of this.#services.values()) {
      if (entry.expiresAtMs <= now) {
        this.#services.delete(entry.service);
      } else if (minimum === undefined || entry.safePoint < minimum.safePoint) {
        minimum = entry;
      }
    }
    return minimum;
  }
}

export interface ServiceMinimum {
  readonly service: string;
  readonly ttlSeconds: bigint;
  readonly safePoint: bigint;
}
