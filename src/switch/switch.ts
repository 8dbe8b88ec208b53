import { encodedLength, formatDpid } from "../bytes/mod.js";
import { type Clock, systemClock } from "../clock/mod.js";
import { checkOptions, type OptionTable, SouthboundError } from "../errors/mod.js";
import { FlowModFlags, PortStatus, RequestForward, TableReason } from "../ofp/mod.js";
import { INSPECT, VERSIONS, type Version, versionList, versionName } from "../schema/mod.js";
import { type Listener, listen, parseActive, type Stream } from "../stream/mod.js";
import { KeepAlive, type Log, Rconn, silent, Vconn } from "../vconn/mod.js";
import { Connection, type ConnectionKind } from "./agent/connection.js";
import { type Core, DESCRIPTION, type SwitchDescription } from "./agent/core.js";
import { flowRemoved } from "./agent/flow-message.js";
import type { FlowReport } from "./agent/flow-monitors.js";
import { tableStatus } from "./agent/handle-table-mod.js";
import { portMessage } from "./agent/port-message.js";
import { Requests } from "./agent/requests.js";
import { Roles } from "./agent/roles.js";
import { Forwarder } from "./pipeline/forwarder.js";
import type { PortInit, SwitchPort } from "./ports/port.js";
import type { Flow } from "./tables/flow.js";
import type { FlowTable } from "./tables/flow-table.js";

/** What a switch is made from. */
export interface SwitchOptions {
  /** 64 bits; the lower 48 are the base of its ports' Ethernet addresses. */
  readonly datapathId: bigint;
  /** Its description, with defaults where left out. */
  readonly description?: Partial<SwitchDescription> | undefined;
  /** The versions to offer; all, 1.0 to 1.5, unless given. */
  readonly versions?: readonly Version[] | undefined;
  /** How many flow tables; default 1. */
  readonly tables?: number | undefined;
  /** How many flows fit into each table; default 65,536. */
  readonly maxFlows?: number | undefined;
  /** How many different masks the flows of a table may have; default 1,024. A packet that is not in the cache costs a look at each. */
  readonly maxShapes?: number | undefined;
  /** Bytes of a packet that no flow matches for a controller that has not set it; default 128. */
  readonly missSendLen?: number | undefined;
  /** Milliseconds for a peer's hello; default 10,000. */
  readonly helloTimeout?: number | undefined;
  /** How many messages in a row may not be readable until a connection is given up; default 100. See `VconnOptions.maxFaults`. */
  readonly maxFaults?: number | undefined;
  /** Milliseconds between two attempts to connect to a controller at most; default 8,000. */
  readonly maxBackoff?: number | undefined;
  /**
   * Milliseconds of silence after which a controller behind a network is probed; default 10,000; 0 or `Infinity`: never. One that stays silent is dropped: after as long again where the switch
   * connected to it, for which 5,000 is the least, and after 3 s where it was attached.
   */
  readonly probeInterval?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Where one line goes for each thing that happens; nowhere unless given. */
  readonly log?: Log | undefined;
}

const SWITCH_OPTIONS: OptionTable<SwitchOptions> = {
  datapathId: "bigint!",
  description: DESCRIPTION,
  versions: "list",
  tables: "number",
  maxFlows: "number",
  maxShapes: "number",
  missSendLen: "number",
  helloTimeout: "number",
  maxFaults: "number",
  maxBackoff: "number",
  probeInterval: "number",
  clock: "clock",
  log: "function",
};

const ADD_PORT: OptionTable<Partial<PortInit>> = { portNo: "number", name: "string", hwAddr: "number", config: "number", clock: "clock" };

const MAX_SERVICES = 256;
const PROBE_INTERVAL = 10_000;

/**
 * An OpenFlow switch in software: ports, flow tables, and connections to controllers. It forwards only what flows say; without a controller it keeps
 * the flows that it has (what Open vSwitch calls fail-secure).
 */
export class Switch implements AsyncDisposable {
  readonly datapathId: bigint;
  readonly #core: Core;
  readonly #connections = new Set<Connection>();
  readonly #controllers = new Map<string, Rconn>();
  readonly #listeners = new Set<Listener>();
  readonly #keepAlive: KeepAlive;
  readonly #maxBackoff: number | undefined;
  readonly #probeInterval: number;
  #closed = false;
  /** Whether some connection has noted changes of flows that it was not sent yet. */
  #noted = false;

  /** Throws `ERR_RANGE` for a datapath id of more than 64 bits or a text that is too long, `ERR_USAGE` for versions that a switch does not speak or no tables. */
  constructor(options: SwitchOptions) {
    checkOptions("Switch", options, SWITCH_OPTIONS);
    const { datapathId, versions = VERSIONS, tables = 1, clock = systemClock, log = silent, description } = options;
    if (datapathId < 0n || datapathId > 0xffff_ffff_ffff_ffffn)
      throw new SouthboundError("ERR_RANGE", `${datapathId} is no datapath id: an unsigned integer of 64 bits is wanted`);
    if (versions.length === 0 || versions.some((v) => !VERSIONS.includes(v)))
      throw new SouthboundError("ERR_USAGE", `a switch speaks OpenFlow ${versionList(VERSIONS)}`);
    if (!(Number.isInteger(tables) && tables >= 1 && tables <= 254))
      throw new SouthboundError("ERR_USAGE", `a switch has 1 to 254 tables, not ${tables}`);
    for (const [name, text] of Object.entries(description ?? {})) {
      const most = name === "serialNumber" ? 31 : 255;
      if (encodedLength(text) > most) throw new SouthboundError("ERR_RANGE", `description.${name}: at most ${most} bytes`);
    }
    this.datapathId = datapathId;
    this.#probeInterval = options.probeInterval === 0 ? Number.POSITIVE_INFINITY : (options.probeInterval ?? PROBE_INTERVAL);
    this.#keepAlive = new KeepAlive({ clock, interval: this.#probeInterval });
    const forwarder = new Forwarder(
      { clock, tables, maxFlows: options.maxFlows, maxShapes: options.maxShapes },
      {
        punt: (packet, options, reason) => {
          for (const connection of this.#connections)
            if (connection.takes(options, reason) && forwarder.pipeline.spend()) connection.packetIn(packet, options, reason);
        },
        miss: (packet, tableId) => {
          for (const connection of this.#connections) if (connection.wantsEvents) connection.packetMissed(packet, tableId);
        },
        invalidTtl: (packet, why) => {
          for (const connection of this.#connections) connection.packetIn(packet, { maxLen: connection.missSendLen }, why);
        },
        flowRemoved: (flow, tableId, reason) => this.#flowRemoved(flow, tableId, reason),
        flowChanged: (event, flow, tableId, before) => this.#report({ event, flow, tableId, reason: 0, before, cause: forwarder.cause }),
        vacancy: (tableId, isUp) => {
          const reason = isUp ? TableReason.VacancyUp : TableReason.VacancyDown;
          for (const connection of this.#connections)
            connection.notify("tableStatus", reason, () => tableStatus(forwarder.tables[tableId]!, tableId, isUp));
        },
        portChanged: (port, reason) => this.#portChanged(port, reason),
      },
    );
    this.#core = {
      datapathId,
      description: {
        manufacturer: "southbound",
        hardware: "in-process",
        software: "southbound switch",
        serialNumber: "none",
        datapath: "none",
        ...description,
      },
      versions,
      clock,
      log,
      forwarder,
      roles: new Roles(() => this.#connections),
      flush: () => this.#flush(),
      forward: (from, request) => {
        const reason = request.type === "group-mod" ? 0 : 1;
        for (const connection of this.#connections)
          if (connection !== from) connection.notify("requestForward", reason, () => RequestForward.of({ message: request }));
      },
      missSendLen: options.missSendLen ?? 128,
      helloTimeout: options.helloTimeout,
      maxFaults: options.maxFaults,
    };
    this.#maxBackoff = options.maxBackoff;
  }

  /** Its flow tables, to be looked at. */
  get tables(): readonly FlowTable[] {
    return this.#core.forwarder.tables;
  }

  /** For people: `0000000000000001 (3 ports)`. */
  toString(): string {
    return `${formatDpid(this.datapathId)} (${this.ports.length} ports)`;
  }

  /** For `console.log` of Node. */
  [INSPECT](): string {
    return `Switch ${this}`;
  }

  /** Its ports by their numbers, lowest first. */
  get ports(): readonly SwitchPort[] {
    return this.#core.forwarder.ports();
  }

  /** Its connections, those that are not up yet included. */
  get connections(): readonly Connection[] {
    return [...this.#connections];
  }

  /** The port with a number. */
  port(portNo: number): SwitchPort | undefined {
    return this.#core.forwarder.port(portNo);
  }

  /**
   * Adds a port: by default with the next free number, named `pN`, and with an Ethernet address made from the datapath id. Plug it in with `link`.
   * Throws `ERR_USAGE` for a number that is taken or that no port can have.
   */
  addPort(init: Partial<PortInit> = {}): SwitchPort {
    checkOptions("addPort", init, ADD_PORT);
    const base = Number(this.datapathId & 0xffff_ffffn);
    return this.#core.forwarder.addPort(init, (portNo) => 0x0200_0000_0000 + ((base * 0x1_0000 + (portNo & 0xffff)) % 0x100_0000_0000));
  }

  /** Removes a port; its link, if any, leads nowhere then. @returns whether it was there */
  removePort(portNo: number): boolean {
    return this.#core.forwarder.removePort(portNo);
  }

  /**
   * Connects to a controller, and again whenever the connection ends, after 1, 2, 4, 8, 8, … s. A target that is connected to already is left as it is.
   * @param target - such as `tcp:127.0.0.1:6653`
   * @returns what keeps the connection: it reports its state, and takes monitors
   * @throws SouthboundError `EAFNOSUPPORT` for a bad name, `ENOPROTOOPT` for `ssl:` without keys in {@link defaultTls}, `ERR_CLOSED` after {@link close}
   */
  connect(target: string): Rconn {
    this.#mustBeOpen();
    const { name } = parseActive(target);
    const known = this.#controllers.get(name);
    if (known !== undefined) return known;
    const { clock, log, versions, maxFaults } = this.#core;
    const rconn = new Rconn({
      versions,
      clock,
      log,
      maxFaults,
      maxBackoff: this.#maxBackoff,
      probeInterval: this.#probeInterval,
      onVconn: (vconn) => void this.#adopt(vconn, "controller"),
    });
    rconn.connect(name);
    this.#controllers.set(name, rconn);
    return rconn;
  }

  /** Ends the connection to a controller that {@link connect} has made. */
  async disconnect(target: string): Promise<void> {
    const { name } = parseActive(target);
    const rconn = this.#controllers.get(name);
    this.#controllers.delete(name);
    await rconn?.close();
  }

  /**
   * Speaks OpenFlow over a stream, which belongs to the switch from now on. When it ends, that is all.
   * @param kind - a service gets packets and other events only once it has set its miss_send_len to something else than 0, as with Open vSwitch
   * @throws SouthboundError `ERR_CLOSED` after {@link close}
   */
  attach(stream: Stream, kind: ConnectionKind = "controller"): Connection {
    this.#mustBeOpen();
    const { versions, clock, helloTimeout, log, maxFaults } = this.#core;
    let logged = "";
    const vconn = new Vconn(stream, {
      versions,
      clock,
      helloTimeout,
      maxFaults,
      log: (level, text) => {
        logged = text;
        log(level, text);
      },
    });
    const level = kind === "controller" ? "info" : "debug";
    vconn.onUp = () => log(level, `${vconn.name}: connected, OpenFlow ${versionName(vconn.version)}`);
    vconn.onClose = (error) => {
      if (error === null) log(level, `${vconn.name}: connection closed`);
      else if (error.message !== logged) log(vconn.version === 0 ? "info" : "warn", error.message);
    };
    if (kind === "controller") this.#keepAlive.add(vconn);
    return this.#adopt(vconn, kind);
  }

  /**
   * Listens for tools such as `ovs-ofctl`. Clients that connect there get replies, but no packet-ins unless they ask for them: see {@link attach}.
   * @param target - such as `punix:/run/switch.mgmt` or `ptcp:6654:127.0.0.1`
   * @throws SouthboundError, as a rejection, as `listen` does
   */
  async listen(target: string): Promise<Listener> {
    this.#mustBeOpen();
    const { log, clock } = this.#core;
    const listener = await listen(target, {
      clock,
      maxConnections: MAX_SERVICES,
      onStream: (stream) => void this.attach(stream, "service"),
      onError: (error) => log("error", error.message),
    });
    if (this.#closed) await listener.close();
    else {
      this.#listeners.add(listener);
      void listener.closed.then(() => this.#listeners.delete(listener));
    }
    return listener;
  }

  /** Ends all connections, stops listening, stops all timers. The ports stay plugged in and forward nothing new. */
  async close(): Promise<void> {
    this.#closed = true;
    const ends = [...this.#listeners].map((l) => l.close());
    ends.push(...[...this.#controllers.values()].map((r) => r.close()));
    this.#controllers.clear();
    ends.push(...[...this.#connections].map((c) => c.close()));
    this.#core.forwarder.close();
    for (const port of this.ports) port.onFrame = null;
    await Promise.all(ends);
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Makes a connection of a vconn, as long as it lives. */
  #adopt(vconn: Vconn, kind: ConnectionKind): Connection {
    const connection = new Connection(this.#core, vconn, kind);
    new Requests(this.#core, connection);
    this.#connections.add(connection);
    void connection.closed.then(() => {
      this.#connections.delete(connection);
      this.#keepAlive.remove(vconn);
    });
    return connection;
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new SouthboundError("ERR_CLOSED", "the switch was closed");
  }

  /** Reports a change to those that watch flows: what a request did once it has been carried out, what nobody asked for soon. */
  #report(report: FlowReport): void {
    for (const connection of this.#connections) if (connection.monitors.report(report)) this.#noted = true;
    if (report.cause === undefined && this.#noted) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    if (!this.#noted) return;
    this.#noted = false;
    for (const connection of this.#connections) connection.monitors.flush();
  }

  #flowRemoved(flow: Flow, tableId: number, reason: number): void {
    this.#report({ event: "removed", flow, tableId, reason, before: undefined, cause: this.#core.forwarder.cause });
    if ((flow.flags & FlowModFlags.SendFlowRem) === 0) return;
    const now = this.#core.clock.now();
    for (const connection of this.#connections)
      connection.notify("flowRemoved", reason, (version) => flowRemoved(flow, tableId, reason, version, now, connection.nxm));
  }

  #portChanged(port: SwitchPort, reason: number): void {
    for (const connection of this.#connections)
      connection.notify("portStatus", reason, (version) => PortStatus.of({ reason, port: portMessage(port, version) }));
  }
}
