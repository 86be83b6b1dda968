// Preloaded into a process: its clock is wrong by `CHAOS_CLOCK_SKEW_MS`, as on a machine whose time
// was never set. Timers and `performance.now()` are right: they count, whatever time it is.
const skewMs = Number(process.env["CHAOS_CLOCK_SKEW_MS"]);
const RealDate = Date;
const now = (): number => RealDate.now() + skewMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
  apply: () => new RealDate(now()).toString(),
  get: (target, property) =>
    property === "now" ? now : (Reflect.get(target, property) as unknown),
});
