import { type Chunk, formatDpid } from "../bytes/mod.js";
import { DecodeError, SouthboundError } from "../errors/mod.js";
import {
  explainDecode,
  type FeaturesReply,
  type KnownMessage,
  type Message,
  PacketIn,
  type Port,
  PortReason,
  PortStatus,
} from "../ofp/mod.js";
import { type Codec, defaultMode, type Version, versionName } from "../schema/mod.js";
import type { Log, Vconn, WaitOptions } from "../vconn/mod.js";
import type { Controller } from "./controller.js";
import { Listeners, type MessageListener } from "./listeners.js";

const PACKET_IN = 10;

/**
 * One switch that is connected and set up. It lives as long as its connection: a switch that comes back is another datapath, and nothing that was asked of this
 * one is asked of that.
 */
export class Datapath {
  /** The datapath id. */
  readonly id: bigint;
  /** The datapath id in 16 hexadecimal digits. */
  readonly name: string;
  /** The negotiated version. */
  readonly version: Version;
  /** What the switch said of itself. */
  readonly features: FeaturesReply;
  /** Its ports by number, as the last port-status left them. */
  readonly ports: ReadonlyMap<number, Port>;
  readonly controller: Controller;
  /** The connection's name, such as `tcp:127.0.0.1:40312`. */
  readonly peer: string;
  /** Resolves when the connection has ended. Never rejects. */
  readonly closed: Promise<void>;

  readonly #vconn: Vconn;
  readonly #log: Log;
  readonly #ports: Map<number, Port>;
  readonly #packetIn: Listeners<[PacketIn]>;
  readonly #decodePacketIn: Codec<PacketIn>["decode"];
  readonly #others = new Map<string, Listeners<[KnownMessage]>>();

  /** Made by the controller when a connection is set up. */
  constructor(controller: Controller, vconn: Vconn, features: FeaturesReply, ports: readonly Port[], log: Log) {
    this.controller = controller;
    this.id = features.datapathId;
    this.name = formatDpid(features.datapathId);
    this.version = vconn.version as Version;
    this.features = features;
    this.peer = vconn.name;
    this.closed = vconn.closed;
    this.#vconn = vconn;
    this.#log = log;
    this.#ports = new Map(ports.map((p) => [p.portNo, p]));
    this.ports = this.#ports;
    this.#packetIn = new Listeners((e) => this.#fault("packet-in", e));
    this.#decodePacketIn = PacketIn.codec(this.version, defaultMode()).decode;
  }

  /** Whether messages can be sent. */
  get connected(): boolean {
    return this.#vconn.state === "connected";
  }

  /**
   * Listens to one type of message: `dp.on("packet-in", (m) => …)`. Listeners are called in the order of adding, straight from the receiver: they must not block. What one
   * throws is logged and hurts nobody else.
   * @returns a function that ends it
   */
  on<N extends KnownMessage["type"]>(type: N, listener: MessageListener<N>): () => void {
    if (type === "packet-in") return this.#packetIn.add(listener as (m: PacketIn) => void);
    const name = type as string;
    let list = this.#others.get(name);
    if (list === undefined) {
      list = new Listeners((e) => this.#fault(name, e));
      this.#others.set(name, list);
    }
    return list.add(listener as (m: KnownMessage) => void);
  }

  /**
   * Sends a message. Nothing is kept of it: its error, if there is one, comes as an `error` message with the same transaction id.
   * @returns the transaction id
   * @throws SouthboundError `ENOTCONN`, `ERR_UNSUPPORTED`, `ERR_RANGE`, `ERR_TOO_LONG`
   */
  send(message: Message): number {
    return this.#vconn.send(message);
  }

  /** Sends a request and waits for its one reply. Rejects with OpenFlowError, `ERR_TIMEOUT`, `ERR_ABORTED`, `ERR_CLOSED`. */
  transact(request: Message, options?: WaitOptions): Promise<Message> {
    return this.#vconn.transact(request, options);
  }

  /** Sends a multipart request and waits for all parts of its reply. Rejects as {@link transact} does. */
  transactMultipart(request: Message, options?: WaitOptions): Promise<Message[]> {
    return this.#vconn.transactMultipart(request, options);
  }

  /** Sends a request that has no reply and waits until it is done. Rejects as {@link transact} does. */
  transactNoReply(request: Message, options?: WaitOptions): Promise<void> {
    return this.#vconn.transactNoReply(request, options);
  }

  /** Waits until the switch has done everything sent so far. */
  barrier(options?: WaitOptions): Promise<void> {
    return this.#vconn.barrier(options);
  }

  /** Ends the connection in order. The switch may come back. */
  close(): Promise<void> {
    return this.#vconn.close();
  }

  /** For people: `0000000000000001 (OpenFlow 1.3, tcp:127.0.0.1:40312)`. */
  toString(): string {
    return `${this.name} (OpenFlow ${versionName(this.version)}, ${this.peer})`;
  }

  /** Takes a received message. For the controller. @internal */
  receive(type: number, c: Chunk, p: number, end: number): void {
    try {
      if (type === PACKET_IN) {
        if (this.#packetIn.size !== 0) this.#packetIn.call(this.#decodePacketIn(c, p, end));
        return;
      }
      const message = this.#vconn.decode(c, p, end);
      if (message.type === "unknown") {
        this.#log("debug", `${this}: a message of type ${type} that is not known`);
        return;
      }
      if (PortStatus.is(message)) this.#portStatus(message);
      this.#others.get(message.type)?.call(message);
    } catch (e) {
      this.#refuse(e, c, p, end);
    }
  }

  #portStatus({ reason, port }: PortStatus): void {
    if (reason === PortReason.Delete) this.#ports.delete(port.portNo);
    else this.#ports.set(port.portNo, port);
  }

  #refuse(thrown: unknown, c: Chunk, p: number, end: number): void {
    const e = explainDecode(thrown, c, p, end);
    if (!(e instanceof DecodeError)) throw e;
    this.#vconn.sendError(e.reason, c, p, end);
    this.#vconn.abandon(new SouthboundError("EPROTO", `${this.peer}: ${e.message}`, { cause: e }));
  }

  #fault(type: string, e: unknown): void {
    this.#log("error", `${this}: a listener of ${type} threw: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}`);
  }
}
