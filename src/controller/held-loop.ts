import { SouthboundError } from "../errors/mod.js";
import type { Owner } from "./owner.js";

/** Milliseconds that a loop may spend on one item. */
const HOLD = 30_000;

/**
 * Runs a loop whose source holds up its connection while an item is looked at. The source is let go when the application is unloaded, and when the loop stays with one item: the other applications
 * wait for what is behind it.
 * @param failed - called with what is thrown to the loop; answers what to throw instead
 * @throws in the loop what the source throws; `ERR_ABORTED`; `ERR_TIMEOUT` when it took too long; `ERR_CLOSED` when the application was unloaded before it began
 */
export async function* heldLoop<T>(
  owner: Owner,
  signal: AbortSignal | undefined,
  source: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
  failed: (e: unknown) => unknown,
): AsyncGenerator<T, void, undefined> {
  const wait = owner.wait(signal);
  const items = source(wait.signal);
  let held = false;
  let taken = 0;
  let seen = 0;
  let late: SouthboundError | undefined;
  const timer = owner.clock.every(HOLD, () => {
    if (held && seen === taken) {
      late = new SouthboundError("ERR_TIMEOUT", `the loop held up its connection, since it was not done with an item within ${HOLD} ms`);
      end();
    }
    seen = taken;
  });
  const end = (): void => {
    timer.stop();
    wait.over();
    items.return().catch(() => {});
  };
  wait.signal.addEventListener("abort", end, { once: true });
  try {
    for await (const item of items) {
      taken++;
      held = true;
      yield item;
      held = false;
    }
    if (late !== undefined) throw late;
    if (wait.signal.aborted) throw new SouthboundError("ERR_ABORTED", "the loop was aborted", { cause: wait.signal.reason });
  } catch (e) {
    throw failed(e);
  } finally {
    end();
  }
}
