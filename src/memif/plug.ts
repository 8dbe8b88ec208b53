import { SouthboundError } from "../errors/mod.js";
import type { Interface } from "./interface.js";
import type { Burst } from "./ring-burst.js";
import { RingError } from "./ring-error.js";

/** The port of a switch or of a host, as far as a plug knows it: `Port` of southbound/switch is one. */
export interface FramePort {
  /** For messages. */
  readonly name: string;
  /** What frames leave by, and null while the link is down. `carry` gives false for a frame that is dropped. */
  plug: { carry(frame: Uint8Array): boolean } | null;
  /** Takes a frame that has come, which is the port's own. */
  receive(frame: Uint8Array): void;
}

/** A memif interface in a port. */
export interface MemifPlug extends Disposable {
  /** Pulls it out: the link is down for good. The interface stays as it is, and has no receiver any more. */
  unplug(): void;
}

/** Frames shown to the peer at a time, so that it works on them while others are put. */
const SHOWN = 32;

/**
 * Makes a memif interface the link of a port. The link is up while the interface is connected. Frames that leave are copied into the ring of queue 0 and shown to the peer at the end of the turn at the
 * latest; where the ring is full they are dropped and the port counts them, as a network card does. Frames that come, from all queues, are copied once and are the port's.
 *
 * ```ts
 * const client = new MemifClient({ socket: "/run/memif.sock", receiveQueues: 2 });
 * plugInto(sw.addPort({ name: "memif0" }), client);
 * ```
 * @throws SouthboundError `ERR_USAGE` where the port has a link, the interface has a receiver, or its mode is not "ethernet"
 */
export function plugInto(port: FramePort, end: Interface): MemifPlug {
  if (port.plug !== null) throw new SouthboundError("ERR_USAGE", `${port.name} has a link: unplug that first`);
  if (end.mode !== "ethernet")
    throw new SouthboundError("ERR_USAGE", `a port takes Ethernet frames, and ${end.name} is of the mode ${end.mode}`);
  let waiting = 0;
  const show = (): void => {
    waiting = 0;
    end.tx[0]?.flush();
  };
  const later = (): void => {
    if (waiting > 0) show();
  };
  const plug = {
    carry(frame: Uint8Array): boolean {
      const ring = end.tx[0];
      try {
        if (ring === undefined || !ring.put(frame)) return false;
      } catch (e) {
        // No frame of a switch is empty, and one that is too long for the interface is lost on any link.
        if (!SouthboundError.is(e)) throw e;
        if (e instanceof RingError) queueMicrotask(() => end.disconnect(e.message));
        return false;
      }
      if (waiting++ === 0) queueMicrotask(later);
      else if (waiting >= SHOWN) show();
      return true;
    },
  };
  const up = (): void => {
    waiting = 0;
    port.plug = plug;
  };
  const down = (): void => {
    port.plug = null;
  };
  end.receive((burst: Burst) => {
    for (let i = 0; i < burst.count; i++) port.receive(burst.copy(i));
  });
  const off = [end.on("connected", up), end.on("disconnected", down)];
  if (end.state === "connected") up();
  let plugged = true;
  const unplug = (): void => {
    if (!plugged) return;
    plugged = false;
    for (const stop of off) stop();
    end.receive(null);
    down();
  };
  return { unplug, [Symbol.dispose]: unplug };
}
