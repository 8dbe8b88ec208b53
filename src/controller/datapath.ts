import { formatDpid } from "../bytes/mod.js";
import type { FeaturesReply, Port } from "../ofp/mod.js";
import { versionName } from "../schema/mod.js";
import type { Auxiliary } from "./auxiliary.js";
import { Channel } from "./channel.js";
import type { Connection } from "./connection.js";
import type { EventStream } from "./event-queue.js";
import type { DatapathEvents, EventListener, EventMatch, EventsOptions } from "./events.js";
import { listenTo, loopOver } from "./listening.js";
import type { Owner } from "./owner.js";

/** One switch that is connected and set up: its main connection, its ports and auxiliary connections, and what it says. */
export class Datapath extends Channel {
  /** The datapath id. */
  readonly id: bigint;
  /** The datapath id in 16 hexadecimal digits. */
  readonly name: string;
  /** What the switch said of itself. */
  readonly features: FeaturesReply;
  /** Its ports by number, as the last port-status left them. */
  readonly ports: ReadonlyMap<number, Port>;

  /** Made when a connection is set up. @internal */
  constructor(connection: Connection, owner: Owner) {
    super(connection, owner);
    this.features = connection.features;
    this.id = connection.features.datapathId;
    this.name = formatDpid(this.id);
    this.ports = connection.ports;
  }

  override get datapath(): this {
    return this;
  }

  /** What it can do: bits of `Capabilities`. */
  get capabilities(): number {
    return this.features.capabilities;
  }

  /** How many flow tables it has. */
  get tables(): number {
    return this.features.nTables;
  }

  /** How many packets it can hold for its controllers. */
  get buffers(): number {
    return this.features.nBuffers;
  }

  /** The ids of its auxiliary connections. */
  get auxiliaryIds(): number[] {
    return [...this.connection.auxiliaries.keys()];
  }

  /** One of its connections by auxiliary id, 0 being this one; undefined where there is none. */
  auxiliary(id: number): Channel | undefined {
    return id === 0 ? this : (this.connection.auxiliaries.get(id)?.view(this.owner) as Auxiliary | undefined);
  }

  /**
   * Listens to an event: `dp.on("packet-in", (packetIn, from) => …)`, whichever of its connections it comes by. Listeners are called in the order of adding, straight from the receiver: they must
   * not block. What one throws is counted, logged and hurts nobody else.
   * @param match - which messages; all of the event unless given
   * @returns a function that ends it
   * @throws SouthboundError `ERR_CLOSED` when the application was unloaded
   */
  on<E extends keyof DatapathEvents>(event: E, listener: EventListener<DatapathEvents[E]>, match?: EventMatch): () => void {
    return listenTo(this.owner, this.connection, event, listener, match);
  }

  /**
   * Takes events in a loop: `for await (const [packetIn, from] of dp.events("packet-in"))`. They wait in a queue that is bounded; what has no room is dropped and counted, and nobody waits
   * for the loop. Messages belong to the taker. The loop ends with the connection.
   * @throws SouthboundError `ERR_CLOSED` when the application was unloaded, `ERR_USAGE` for a limit under 1
   */
  events<E extends keyof DatapathEvents>(event: E, options: EventsOptions = {}): EventStream<DatapathEvents[E]> {
    return loopOver<DatapathEvents[E]>(this.owner, options, this.connection, (listener) => this.on(event, listener, options));
  }

  /** For people: `0000000000000001 (OpenFlow 1.3, tcp:127.0.0.1:40312)`. */
  override toString(): string {
    return `${this.name} (OpenFlow ${versionName(this.version)}, ${this.peer})`;
  }
}
