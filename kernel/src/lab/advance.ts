/** `advance`: lets time pass in a prediction. */
import { theLab } from "./the-lab.js";

/** Longer than any setting of the flusher; a slip of the unit is more likely. */
const MOST_SECONDS = 86_400;

/**
 * Lets time pass, so that write-back without msync can be seen: the flusher wakes every 5 seconds and writes what has been
 * dirty for 30. Only in a prediction, where a minute takes no time:
 * `predict(() => { m.store(0, 1); advance(40); m.store(0, 2); })`.
 * @param seconds from 0 to 86400
 * @throws Error outside of a prediction: there, time passes by itself
 */
export function advance(seconds: number): void {
  if (typeof seconds !== "number" || !(seconds >= 0 && seconds <= MOST_SECONDS))
    throw new TypeError(`advance: seconds is a number from 0 to ${String(MOST_SECONDS)}, not ${String(seconds)}`);
  const { world } = theLab();
  if (world.kind !== "prediction")
    throw new Error(
      "advance: real time cannot be moved. Call it inside predict(), or wait: await new Promise((done) => setTimeout(done, 40_000))",
    );
  world.run({ op: "advance", seconds });
}
