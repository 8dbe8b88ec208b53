import { type Clock, systemClock } from "../../clock/mod.js";
import { checkOptions, type OptionTable, SouthboundError } from "../../errors/mod.js";
import type { SwitchPort } from "./port.js";
import { trampolineOf } from "./trampoline.js";

/** How a link carries. */
export interface LinkOptions {
  /** How many frames may be under way each way; further ones are dropped. Default 1,000. */
  readonly capacity?: number | undefined;
  /** Default the real time. Links that share a clock take turns. */
  readonly clock?: Clock | undefined;
}

/** What {@link LinkOptions} has, for its check. */
export const LINK_OPTIONS: OptionTable<LinkOptions> = { capacity: "number", clock: "clock" };

/** A cable between two ports. */
export interface Link extends Disposable {
  /** Pulls it out. Frames under way are lost. */
  unplug(): void;
}

/**
 * Joins two ports within the thread. A frame arrives after the call that sent it has returned, never inside it; frames of one direction stay in order. A topology
 * with loops cannot stop the thread: after some hundred frames everybody else has a turn, and a queue that is full drops.
 * @throws SouthboundError `ERR_USAGE` for a port that has a link already
 */
export function link(a: SwitchPort, b: SwitchPort, options: LinkOptions = {}): Link {
  checkOptions("link", options, LINK_OPTIONS);
  if (a === b) throw new SouthboundError("ERR_USAGE", `a link joins two ports, and ${a.name} is one`);
  for (const port of [a, b]) if (port.plug !== null) throw new SouthboundError("ERR_USAGE", `${port.name} has a link: unplug that first`);
  const trampoline = trampolineOf(options.clock ?? systemClock);
  const capacity = options.capacity ?? 1_000;
  let plugged = true;
  const towards = (to: SwitchPort) => {
    let underWay = 0;
    return {
      carry(frame: Uint8Array): boolean {
        if (underWay >= capacity) return false;
        underWay++;
        trampoline.push(() => {
          underWay--;
          if (plugged) to.receive(frame);
        });
        return true;
      },
    };
  };
  a.plug = towards(b);
  b.plug = towards(a);
  const unplug = (): void => {
    if (!plugged) return;
    plugged = false;
    a.plug = null;
    b.plug = null;
  };
  return { unplug, [Symbol.dispose]: unplug };
}
