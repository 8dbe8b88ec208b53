import { type Chunk, formatDpid } from "../bytes/mod.js";
import type { Clock } from "../clock/mod.js";
import {
  ErrorMessage,
  EXPERIMENTER_HEADER_SIZE,
  EXPERIMENTER_MESSAGE,
  errorMeaning,
  errorNameOf,
  type FeaturesReply,
  MessageType,
  messageKind,
  PacketIn,
  type Port,
  PortReason,
  PortStatus,
} from "../ofp/mod.js";
import { type Codec, defaultMode, type Version } from "../schema/mod.js";
import { type Log, RateLimit, type Vconn } from "../vconn/mod.js";
import type { ChangeLog } from "./change-log.js";
import type { DatapathRecord } from "./datapath-record.js";
import type { PortSnapshot } from "./model.js";
import type { Owner } from "./owner.js";
import { MAX_PORTS } from "./port-budget.js";
import { ProtocolError } from "./protocol-error.js";
import { SentMessages } from "./sent-messages.js";
import { portSnapshot } from "./snapshot-of-port.js";
import { MessageLists } from "./subscription.js";
import type { View } from "./view.js";

const { PacketIn: PACKET_IN } = MessageType;

/** Lines about errors of one switch that nobody takes. */
const REFUSALS_PER_MINUTE = 60;
const REFUSALS_AT_ONCE = 10;

/** What a connection has of the controller's options: among others, which extensions applications may use. */
export interface ConnectionOptions {
  /** Nicira's extensions, where the version lacks something. */
  readonly nicira: boolean;
  /** Groups that lead to other groups. */
  readonly groupChaining: boolean;
  /** Whether matches are sent whose fields lack what they depend on. */
  readonly loose: boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Where changes of the read model go. */
  readonly changes: ChangeLog;
}

/** Makes a connection's view for an application. */
export type MakeView = (connection: Connection, owner: Owner) => View;

/** One connection of a switch that is set up: its state, of which every application has a view of its own. Auxiliary connections share the listeners and ports of the main one. */
export class Connection {
  readonly vconn: Vconn;
  readonly version: Version;
  readonly features: FeaturesReply;
  readonly uses: ConnectionOptions;
  readonly main: Connection;
  readonly lists: MessageLists;
  readonly ports: Map<number, Port>;
  /** The auxiliary connections by their ids; of a main connection only. */
  readonly auxiliaries = new Map<number, Connection>();
  /** Functions to call when the peer takes more, or at the end. */
  readonly waits = new Set<() => void>();
  /** Loops over its messages. */
  readonly ends = new Set<() => void>();
  /** The messages sent on it lately without waiting for an answer. */
  readonly sent = new SentMessages();
  /** What is remembered of the switch. */
  readonly record: DatapathRecord;
  /** Whether its switch was reported to be up, or it itself, as an auxiliary one. */
  announced = false;
  /** When that was, in milliseconds since 1970. */
  since = 0;
  /** Milliseconds from its negotiated version until then. */
  setUpMs = 0;
  /** Messages that came before that and had no room. */
  dropped = 0;
  /** Whether it has ended. */
  ended = false;

  readonly #log: Log;
  readonly #makeView: MakeView;
  readonly #views = new Map<Owner, View>();
  readonly #refusals: RateLimit;
  #strange = 0;
  #portList: readonly PortSnapshot[] | null = null;
  readonly #decodePacketIn: Codec<PacketIn>["decode"];

  /**
   * @param main - the main connection that this auxiliary one belongs to; null for a main one
   * @param makeView - makes what an application sees of it
   */
  constructor(
    vconn: Vconn,
    features: FeaturesReply,
    ports: readonly Port[],
    main: Connection | null,
    uses: ConnectionOptions,
    makeView: MakeView,
    record: DatapathRecord,
  ) {
    this.vconn = vconn;
    this.version = vconn.version as Version;
    this.features = features;
    this.uses = uses;
    this.main = main ?? this;
    this.lists = main?.lists ?? new MessageLists();
    this.ports = main?.ports ?? new Map(ports.map((p) => [p.portNo, p]));
    this.#log = uses.log;
    this.#makeView = makeView;
    this.#refusals = new RateLimit(uses.clock, REFUSALS_PER_MINUTE, REFUSALS_AT_ONCE);
    this.#decodePacketIn = PacketIn.codec(this.version, defaultMode()).decode;
    this.record = record;
    vconn.onDrain = () => this.#wake();
    vconn.onRefusal = (error) => record.refused(errorNameOf(error));
  }

  /** The connection as one application sees it, the same one each time. */
  view(owner: Owner): View {
    let view = this.#views.get(owner);
    if (view === undefined) {
      view = this.#makeView(this, owner);
      if (!owner.over) this.#views.set(owner, view);
    }
    return view;
  }

  /** Messages that no switch sends. */
  get strange(): number {
    return this.#strange;
  }

  /** Its ports for the read model, the same list until one changes; of a main connection. */
  get portList(): readonly PortSnapshot[] {
    this.#portList ??= Object.freeze([...this.ports.values()].map(portSnapshot));
    return this.#portList;
  }

  /** Removes what an unloaded application has here. */
  forget(owner: Owner): void {
    this.#views.delete(owner);
    this.lists.drop((s) => s.owner === owner);
    this.sent.forget(owner);
  }

  /** The connection has ended. */
  end(): void {
    this.ended = true;
    this.sent.clear();
    this.#wake();
    for (const end of [...this.ends]) end();
  }

  /** Takes a received message. */
  receive(type: number, c: Chunk, p: number, end: number): void {
    try {
      if (type === PACKET_IN) {
        const { packetIn } = this.lists;
        if (packetIn.size !== 0) packetIn.call(this.#decodePacketIn(c, p, end), this);
      } else this.#other(type, c, p, end);
    } catch (e) {
      this.vconn.failed(e, c, p, end);
    }
  }

  #other(type: number, c: Chunk, p: number, end: number): void {
    const { vconn, lists } = this;
    const message = vconn.decode(c, p, end);
    const kind = messageKind(message.type);
    if (message.type === "unknown" || (kind === "request" && type !== EXPERIMENTER_MESSAGE)) {
      const n = ++this.#strange;
      // each time that their number has doubled
      if ((n & (n - 1)) === 0)
        this.#log(
          "warn",
          `${vconn.name}: a message of type ${type}, which no switch sends, is answered with an error${n > 1 ? ` (${n} so far)` : ""}`,
        );
      vconn.sendError("OFPBRC_BAD_TYPE", c, p, end);
      return;
    }
    if (PortStatus.is(message)) this.#portStatus(message);
    if (PacketIn.is(message)) lists.packetIn.call(message, this);
    else if (ErrorMessage.is(message)) this.#error(message);
    else {
      lists.of(message.type)?.call(message, this);
      if (kind === "async") lists.async.call(message, this);
      else if (kind === "response") lists.response.call(message, this);
    }
    if (type === EXPERIMENTER_MESSAGE && lists.experimenter.size > 0) {
      const expType = end - p >= EXPERIMENTER_HEADER_SIZE ? c.dv.getUint32(p + 12) : 0;
      lists.experimenter.call(message, this, { experimenter: c.dv.getUint32(p + 8), expType });
    }
  }

  /** Hands on an error that no request waits for. It is logged where the application that sent what it answers has no listener that takes it. */
  #error(message: ErrorMessage): void {
    const { lists, version } = this;
    this.record.refused(errorNameOf(message));
    const owner = this.sent.ownerOf(message.xid);
    let heard = false;
    const heardBy = (by: Owner): void => {
      heard ||= owner === undefined || by === owner || by.name === "";
    };
    lists.of("error")?.offer(message, this, heardBy);
    lists.response.offer(message, this, heardBy);
    if (heard || !this.#refusals.take()) return;
    const id = formatDpid(this.features.datapathId);
    const held = this.#refusals.held();
    if (held !== undefined) this.#log("warn", `${id}: ${held}`);
    const reason = errorNameOf(message);
    const sender = owner === undefined || owner.name === "" ? "" : ` (sent by app ${owner.name})`;
    this.#log("warn", `${id}: ${reason} (${errorMeaning(reason)}) answers ${this.sent.answeredBy(message, version)}${sender}`);
  }

  #portStatus({ reason, port }: PortStatus): void {
    if (reason === PortReason.Delete) this.ports.delete(port.portNo);
    else if (this.ports.size < MAX_PORTS || this.ports.has(port.portNo)) this.ports.set(port.portNo, port);
    else {
      this.vconn.abandon(new ProtocolError(`${this.vconn.name}: it has more than ${MAX_PORTS} ports`));
      return;
    }
    this.main.#portList = null;
    const what = reason === PortReason.Delete ? "delete" : reason === PortReason.Add ? "add" : "modify";
    if (this.main.announced) this.uses.changes.add({ kind: "port", dpid: this.record.name, reason: what, port: portSnapshot(port) }, 1);
  }

  #wake(): void {
    for (const wake of [...this.waits]) wake();
  }
}
