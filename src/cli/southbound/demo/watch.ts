import { formatDpid, MacTable } from "../../../bytes/mod.js";
import { type Clock, systemClock } from "../../../clock/mod.js";
import { type App, type Datapath, ethernetOf, type Scope } from "../../../controller/mod.js";
import { AggregateStatsReply, AggregateStatsRequest, PortNo } from "../../../ofp/mod.js";
import { isMulticast } from "../../../packet/mod.js";
import { versionName } from "../../../schema/mod.js";

/** How often the number of flows is asked for, in milliseconds. */
const POLL = 1000;
const MAX_ADDRESSES = 65_536;
/** How many switches are remembered once they are gone. */
const MAX_GONE = 1000;

/** What the controller's side knows of one switch. It goes on counting when the switch comes back. */
export interface WatchedSwitch {
  readonly dpid: bigint;
  /** The name that was given to the datapath id, or its 16 digits. */
  readonly name: string;
  connected: boolean;
  /** Such as `1.3`. */
  version: string;
  /** The connection's name. */
  peer: string;
  /** How many ports it has, without its local one. */
  ports: number;
  /** Flows in its tables when it was last asked. */
  flows: number;
  packetIns: number;
  /** At which port packets with a source address came in last. */
  readonly addresses: MacTable;
}

/** Looks on as a controller works: which switches there are, what they send, how many flows they have. It changes nothing. */
export class Watch {
  readonly #switches = new Map<bigint, WatchedSwitch>();
  readonly #names: ReadonlyMap<bigint, string>;
  readonly #clock: Clock;

  /** @param names - what to call the switches of these datapath ids */
  constructor(names: ReadonlyMap<bigint, string>, clock: Clock = systemClock) {
    this.#names = names;
    this.#clock = clock;
  }

  /** To be loaded into the controller before it listens. */
  readonly app: App = (controller) => {
    const timer = this.#clock.every(POLL, () => void this.poll(controller));
    const ends = [controller.on("up", (dp) => this.#up(dp)), controller.on("down", (dp) => this.#down(dp)), () => timer.stop()];
    return () => {
      for (const end of ends) end();
    };
  };

  /** All switches that are or were connected, by datapath id. */
  get switches(): WatchedSwitch[] {
    return [...this.#switches.values()].sort((a, b) => (a.dpid < b.dpid ? -1 : 1));
  }

  /** Asks every switch for the number of its flows. A switch that does not answer within a second keeps the number it had. */
  async poll(controller: Scope): Promise<void> {
    await Promise.all([...controller.datapaths.values()].map((dp) => this.#countFlows(dp)));
  }

  async #countFlows(dp: Datapath): Promise<void> {
    try {
      const reply = await dp.query(AggregateStatsRequest.of(), { timeout: POLL });
      const known = this.#switches.get(dp.id);
      if (known !== undefined && AggregateStatsReply.is(reply)) known.flows = reply.flowCount;
    } catch {
      // gone or busy meanwhile: the next round tells
    }
  }

  #up(dp: Datapath): void {
    const s = this.#entry(dp);
    s.connected = true;
    s.version = versionName(dp.version);
    s.peer = dp.peer;
    const countPorts = (): void => {
      s.ports = [...dp.ports.keys()].filter((port) => port !== PortNo.Local).length;
    };
    countPorts();
    dp.on("port-status", countPorts);
    dp.on("packet-in", (packetIn) => {
      s.packetIns++;
      const eth = ethernetOf(packetIn);
      if (eth !== undefined && !isMulticast(eth.src)) s.addresses.set(eth.src, packetIn.inPort);
    });
  }

  #down(dp: Datapath): void {
    const s = this.#switches.get(dp.id);
    if (s?.peer !== dp.peer) return;
    s.connected = false;
    s.flows = 0;
    const gone = [...this.#switches.values()].filter(({ connected }) => !connected);
    if (gone.length > MAX_GONE) this.#switches.delete(gone[0]!.dpid);
  }

  #entry(dp: Datapath): WatchedSwitch {
    let s = this.#switches.get(dp.id);
    if (s === undefined) {
      s = {
        dpid: dp.id,
        name: this.#names.get(dp.id) ?? formatDpid(dp.id),
        connected: true,
        version: "",
        peer: "",
        ports: 0,
        flows: 0,
        packetIns: 0,
        addresses: new MacTable(MAX_ADDRESSES),
      };
      this.#switches.set(dp.id, s);
    }
    return s;
  }
}
