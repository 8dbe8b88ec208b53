import { formatDpid } from "../bytes/mod.js";
import type { FeaturesReply, Port } from "../ofp/mod.js";
import { INSPECT, versionName } from "../schema/mod.js";
import type { Connection } from "./connection.js";
import type { DatapathRecord } from "./datapath-record.js";
import type { EventStream } from "./event-queue.js";
import type { EventListener, LoopOptions, MessageEvents, MessageMatch } from "./events.js";
import { listenTo, loopOver } from "./listening.js";
import type { Owner } from "./owner.js";
import { Requests } from "./requests.js";
import { checkListener } from "./usage.js";

/*
 * A channel leads to its datapath, a datapath has channels and events that come by them: these types name each other, and so they stand in one file.
 */

/**
 * One connection of a switch, as one application sees it. It lives as long as the connection: a switch that comes back is another one, and nothing that was asked of this
 * is asked of that. Barriers and answers are per connection. OpenFlow 1.3.5 §6.3.8
 */
export abstract class Channel extends Requests {
  /** The switch. */
  abstract readonly datapath: Datapath;

  /** For people. */
  abstract override toString(): string;

  /** For `console.log` of Node. */
  [INSPECT](): string {
    return `${this.constructor.name} ${this}`;
  }
}

/**
 * The events of a datapath, and what a listener is called with. Each type of message is one, by its name. The message's lazy fields are borrowed until the listener returns: see `own()`. `from` is
 * the connection that it came by: the datapath, or one of its auxiliary connections.
 */
export type DatapathEvents = MessageEvents<Channel>;

/** The messages of an event that are wanted. What is left out does not matter; a message that lacks a field asked for is not wanted. Compiled once, when the listener is added. */
export interface EventMatch extends MessageMatch<Channel> {}

/** How events are taken in a loop. */
export interface EventsOptions extends EventMatch, LoopOptions {}

/** One switch that is connected and set up: its main connection, its ports and auxiliary connections, and its messages. */
export class Datapath extends Channel {
  /** The datapath id. */
  readonly id: bigint;
  /** The datapath id in 16 hexadecimal digits. */
  readonly name: string;
  /** What is remembered of the switch, over this connection and those before and behind it. */
  readonly record: DatapathRecord;
  /** The features reply of its set-up. */
  readonly features: FeaturesReply;
  /** Its ports by number, as the last port-status left them. */
  readonly ports: ReadonlyMap<number, Port>;

  /** Made when a connection is set up. @internal */
  constructor(connection: Connection, owner: Owner) {
    super(connection, owner);
    this.record = connection.record;
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
    if (id === 0) return this;
    const connection = this.connection.auxiliaries.get(id);
    return connection === undefined ? undefined : auxiliaryOf(connection, this.owner);
  }

  /**
   * Listens to an event: `dp.on("packet-in", (packetIn, from) => …)`, whichever of its connections it comes by. Listeners are called in the order of adding, straight from the receiver: they must
   * not block. What one throws is counted, logged and hurts nobody else.
   * @param match - which messages; all of the event unless given
   * @returns a function that ends it
   * @throws SouthboundError `ERR_CLOSED` when the application was unloaded, `ERR_USAGE` for an event or something to match on that there is not
   */
  on<E extends keyof DatapathEvents>(event: E, listener: EventListener<DatapathEvents[E]>, match?: EventMatch): () => void {
    checkListener(event, listener, match, false);
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

/** An auxiliary connection of a switch: another way to the same tables, with barriers and answers of its own. It ends with the main connection. OpenFlow 1.3.5 §6.3.8 */
export class Auxiliary extends Channel {
  override get datapath(): Datapath {
    return datapathOf(this.connection.main, this.owner);
  }

  /** For people: `0000000000000001/2 (tcp:127.0.0.1:40312)`. */
  override toString(): string {
    return `${this.datapath.name}/${this.auxiliaryId} (${this.peer})`;
  }
}

/** Makes an application's view of a connection: a {@link Datapath} of a main one, an {@link Auxiliary} of another. */
export function makeView(connection: Connection, owner: Owner): Channel {
  return connection.main === connection ? new Datapath(connection, owner) : new Auxiliary(connection, owner);
}

/** An application's view of a main connection. */
export const datapathOf = (main: Connection, owner: Owner): Datapath => main.view(owner) as Datapath;

/** An application's view of an auxiliary connection. */
export const auxiliaryOf = (connection: Connection, owner: Owner): Auxiliary => connection.view(owner) as Auxiliary;
