import { encodedLength, plainBytes } from "../../bytes/mod.js";
import { type Clock, systemClock } from "../../clock/mod.js";
import { checkOptions, type OptionTable, SouthboundError } from "../../errors/mod.js";
import { PortConfig } from "../../ofp/mod.js";

/** What a port is made from. */
export interface PortInit {
  /** Its number; a host's only port has 0. */
  readonly portNo: number;
  /** Up to 15 bytes. */
  readonly name: string;
  /** 48 bits. */
  readonly hwAddr: number;
  /** Bits of `PortConfig`; default none. */
  readonly config?: number;
  readonly clock?: Clock | undefined;
}

/** What {@link PortInit} has, for its check. */
export const PORT_INIT: OptionTable<PortInit> = {
  portNo: "number!",
  name: "string!",
  hwAddr: "number!",
  config: "number",
  clock: "clock",
};

/** The counters of a port. */
export interface PortCounters {
  rxPackets: number;
  txPackets: number;
  rxBytes: number;
  txBytes: number;
  /** Frames that came while the port was down or not to receive. */
  rxDropped: number;
  /** Frames for which there was no link, or no room in its queue. */
  txDropped: number;
}

/** What a port is plugged into: see `link`. */
export interface Plug {
  /** Takes a frame towards the other side; false where it was dropped. */
  carry(frame: Uint8Array): boolean;
}

/** A port of a switch or of a host. A frame belongs to everybody once it was sent: nobody changes it any more. */
export class SwitchPort {
  readonly portNo: number;
  readonly name: string;
  readonly hwAddr: number;
  readonly counters: PortCounters = { rxPackets: 0, txPackets: 0, rxBytes: 0, txBytes: 0, rxDropped: 0, txDropped: 0 };
  /** When it was made, in the clock's milliseconds. */
  readonly created: number;
  /** Called with each frame that comes in. Set by the switch or host that the port is of. */
  onFrame: ((frame: Uint8Array) => void) | null = null;
  /** Called when the link or the configuration has changed. Set by the switch that the port is of. */
  onChange: (() => void) | null = null;
  #config: number;
  #plug: Plug | null = null;

  /** Throws `ERR_RANGE` for an address of more than 48 bits or a name of more than 15 bytes. */
  constructor(init: PortInit) {
    checkOptions("Port", init, PORT_INIT);
    if (encodedLength(init.name) > 15) throw new SouthboundError("ERR_RANGE", `${init.name}: the name of a port has at most 15 bytes`);
    if (!(Number.isInteger(init.hwAddr) && init.hwAddr >= 0 && init.hwAddr <= 0xffff_ffff_ffff))
      throw new SouthboundError("ERR_RANGE", `${init.name}: ${init.hwAddr} is no Ethernet address of 48 bits`);
    this.portNo = init.portNo;
    this.name = init.name;
    this.hwAddr = init.hwAddr;
    this.#config = init.config ?? 0;
    this.created = (init.clock ?? systemClock).now();
  }

  /** Whether it is plugged into a link. */
  get linkUp(): boolean {
    return this.#plug !== null;
  }

  /** Bits of `PortConfig`: what an administrator set. */
  get config(): number {
    return this.#config;
  }

  set config(config: number) {
    if (config === this.#config) return;
    this.#config = config;
    this.onChange?.();
  }

  /** What it is plugged into; null for nothing. Set by `link`. */
  get plug(): Plug | null {
    return this.#plug;
  }

  set plug(plug: Plug | null) {
    const changed = (plug === null) !== (this.#plug === null);
    this.#plug = plug;
    if (changed) this.onChange?.();
  }

  /** Sends a frame out. The caller must not change it afterwards. @returns whether it left */
  send(frame: Uint8Array): boolean {
    const { counters } = this;
    const plug = this.#plug;
    if (plug === null || (this.#config & (PortConfig.PortDown | PortConfig.NoFwd)) !== 0 || !plug.carry(plainBytes(frame))) {
      counters.txDropped++;
      return false;
    }
    counters.txPackets++;
    counters.txBytes += frame.length;
    return true;
  }

  /** A frame comes in. Called by the link; a test or a capture may call it too. */
  receive(frame: Uint8Array): void {
    const { counters } = this;
    if ((this.#config & (PortConfig.PortDown | PortConfig.NoRecv)) !== 0 || this.onFrame === null) {
      counters.rxDropped++;
      return;
    }
    counters.rxPackets++;
    counters.rxBytes += frame.length;
    this.onFrame(plainBytes(frame));
  }
}
