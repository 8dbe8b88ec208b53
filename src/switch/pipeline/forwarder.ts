import type { Clock } from "../../clock/mod.js";
import { SouthboundError } from "../../errors/mod.js";
import { PortConfig, PortNo, PortReason } from "../../ofp/mod.js";
import { isMulticast } from "../../packet/mod.js";
import type { Version } from "../../schema/mod.js";
import type { CompilePlace } from "../actions/compile-place.js";
import type { Uses } from "../actions/program.js";
import type { PipelineOutlets, PuntOptions, PuntReason } from "../packet/outlets.js";
import { Packet } from "../packet/packet.js";
import { type PortInit, SwitchPort } from "../ports/port.js";
import { LAST_PORT } from "../ports/port-number.js";
import { Abandoned } from "../tables/abandoned.js";
import type { Flow } from "../tables/flow.js";
import { FlowTable } from "../tables/flow-table.js";
import { GroupTable } from "../tables/group-table.js";
import { MeterTable } from "../tables/meter-table.js";
import { UseCounts } from "../tables/use-counts.js";
import { turnsOf } from "../work/turns.js";
import { MacLearning } from "./mac-learning.js";
import { Pipeline } from "./pipeline.js";

/** The reports of the forwarding part of a switch. */
export interface ForwarderEvents {
  /** A flow or a packet-out sends a packet to the controller. */
  punt(packet: Packet, options: PuntOptions, reason: PuntReason): void;
  /** No flow matches a packet. */
  miss(packet: Packet, tableId: number): void;
  /** A packet was dropped because its time to live would end. */
  invalidTtl(packet: Packet, why: PuntReason): void;
  /** A flow came, or was made to do something else: then `before` is what it used. */
  flowChanged(event: "added" | "modified", flow: Flow, tableId: number, before: Uses | undefined): void;
  /** A flow went. `reason` is of `FlowRemovedReason`. */
  flowRemoved(flow: Flow, tableId: number, reason: number): void;
  /** The free space of a table has crossed a threshold. */
  vacancy(tableId: number, isUp: boolean): void;
  /** A port came, went or changed. `reason` is of `PortReason`. */
  portChanged(port: SwitchPort, reason: number): void;
}

/** How big it is. */
export interface ForwarderOptions {
  readonly clock: Clock;
  readonly tables: number;
  readonly maxFlows?: number | undefined;
  readonly maxShapes?: number | undefined;
}

/** The addresses that no bridge forwards: 01:80:c2:00:00:00 to 0f. IEEE 802.1Q, table 8-1 */
const isLinkLocal = (mac: number): boolean => mac >= 0x0180_c200_0000 && mac <= 0x0180_c200_000f;

/** The ports and tables of a switch, without any controller. */
export class Forwarder implements PipelineOutlets {
  readonly clock: Clock;
  readonly pipeline: Pipeline;
  /** The request that is being carried out, and whose it is. */
  cause: { readonly by: object; readonly xid: number } | undefined = undefined;
  readonly #events: ForwarderEvents;
  #changes = 0;
  readonly #ports = new Map<number, SwitchPort>();
  readonly #uses: UseCounts;
  /** The learned flows that are to go, which they do in the thread's turns. */
  readonly #abandoned: Abandoned;
  readonly #stations: MacLearning;

  constructor(options: ForwarderOptions, events: ForwarderEvents) {
    this.clock = options.clock;
    this.#stations = new MacLearning(options.clock);
    this.#events = events;
    this.#abandoned = new Abandoned(turnsOf(options.clock), () => this.tables);
    this.#uses = new UseCounts((by) => this.#abandoned.add(by));
    const tables = Array.from(
      { length: options.tables },
      (_, tableId) =>
        new FlowTable({
          clock: options.clock,
          maxFlows: options.maxFlows,
          maxShapes: options.maxShapes,
          uses: this.#uses,
          onAdded: (flow) => {
            flow.addedAs = flow.changedAs = ++this.#changes;
            events.flowChanged("added", flow, tableId, undefined);
          },
          onModified: (flow, before) => {
            flow.changedAs = ++this.#changes;
            events.flowChanged("modified", flow, tableId, before);
          },
          onRemoved: (flow, reason) => events.flowRemoved(flow, tableId, reason),
          onVacancy: (isUp) => events.vacancy(tableId, isUp),
        }),
    );
    const groups = new GroupTable(options.clock, (port) => this.isLive(port));
    this.pipeline = new Pipeline(tables, groups, new MeterTable(options.clock), options.clock, this);
  }

  get tables(): readonly FlowTable[] {
    return this.pipeline.tables;
  }

  /** How many flows and buckets use a group. */
  groupUsers(groupId: number): number {
    return this.#uses.ofGroup(groupId) + this.pipeline.groups.references(groupId);
  }

  /** How many flows use a meter. */
  meterUsers(meterId: number): number {
    return this.#uses.ofMeter(meterId);
  }

  /** Where actions stand that are made ready. @param tableId - of their flow */
  place(version: Version, packetOut: boolean, tableId = 0): CompilePlace {
    const { tables, groups, meters } = this.pipeline;
    return { version, packetOut, tableId, tables: tables.length, groups, meters };
  }

  /** How many changes of flows there were. */
  get changes(): number {
    return this.#changes;
  }

  /** The ports by their numbers, lowest first. */
  ports(): SwitchPort[] {
    return [...this.#ports.values()].sort((a, b) => a.portNo - b.portNo);
  }

  port(portNo: number): SwitchPort | undefined {
    return this.#ports.get(portNo);
  }

  /** Throws `ERR_USAGE` for a number that is taken or that no port can have, or where no number is left. */
  addPort(init: Partial<PortInit>, hwAddr: (portNo: number) => number): SwitchPort {
    const portNo = init.portNo ?? this.#freeNumber();
    if (!(Number.isInteger(portNo) && portNo >= 1 && (portNo <= LAST_PORT || portNo === PortNo.Local)))
      throw new SouthboundError("ERR_USAGE", `${portNo} is no number of a port: 1 to ${LAST_PORT} are, and PortNo.Local`);
    if (this.#ports.has(portNo)) throw new SouthboundError("ERR_USAGE", `there is a port ${portNo} already`);
    const port = new SwitchPort({
      name: init.name ?? (portNo === PortNo.Local ? "local" : `p${portNo}`),
      hwAddr: init.hwAddr ?? hwAddr(portNo),
      ...(init.config !== undefined && { config: init.config }),
      portNo,
      clock: this.clock,
    });
    port.onFrame = (frame) => this.#receive(frame, port);
    port.onChange = () => this.#events.portChanged(port, PortReason.Modify);
    this.#ports.set(portNo, port);
    this.#events.portChanged(port, PortReason.Add);
    return port;
  }

  removePort(portNo: number): boolean {
    const port = this.#ports.get(portNo);
    if (port === undefined) return false;
    this.#ports.delete(portNo);
    this.#stations.forget(portNo);
    port.onFrame = null;
    port.onChange = null;
    this.#events.portChanged(port, PortReason.Delete);
    return true;
  }

  isLive(portNo: number): boolean {
    const port = this.#ports.get(portNo);
    return port?.linkUp === true && (port.config & PortConfig.PortDown) === 0;
  }

  transmit(frame: Uint8Array, port: number, inPort: number, _queue: number): void {
    switch (port) {
      case PortNo.InPort:
        this.#ports.get(inPort)?.send(frame);
        return;
      case PortNo.Flood:
      case PortNo.All:
        for (const out of this.#ports.values()) {
          if (out.portNo === inPort) continue;
          if (port === PortNo.Flood && (out.config & PortConfig.NoFlood) !== 0) continue;
          if (!this.pipeline.spend()) return;
          out.send(frame);
        }
        return;
      case PortNo.Normal:
        this.#normal(frame, inPort);
        return;
      default:
        if (port !== inPort) this.#ports.get(port)?.send(frame);
    }
  }

  /** Forwards as a switch without a controller does. Frames of link protocols stay on their link. IEEE 802.1Q §8.6.3 */
  #normal(frame: Uint8Array, inPort: number): void {
    const packet = new Packet(frame, inPort);
    const { ethSrc, ethDst, vlanVid = 0 } = packet.key;
    if (ethSrc === undefined || ethDst === undefined || isLinkLocal(ethDst)) return;
    const vlan = vlanVid & 0xfff;
    if (this.#ports.has(inPort)) this.#stations.learn(vlan, ethSrc, inPort);
    const port = isMulticast(ethDst) ? undefined : this.#stations.find(vlan, ethDst);
    if (port === undefined) this.transmit(frame, PortNo.Flood, inPort, -1);
    else if (port !== inPort) this.#ports.get(port)?.send(frame);
  }

  punt(packet: Packet, options: PuntOptions, reason: PuntReason): void {
    if (!this.#isMute(packet)) this.#events.punt(packet, options, reason);
  }

  miss(packet: Packet, tableId: number): void {
    if (!this.#isMute(packet)) this.#events.miss(packet, tableId);
  }

  invalidTtl(packet: Packet, why: PuntReason): void {
    if (!this.#isMute(packet)) this.#events.invalidTtl(packet, why);
  }

  /** Takes a packet that was held through the tables. */
  resume(frame: Uint8Array, inPort: number): void {
    this.pipeline.run(new Packet(frame, inPort));
  }

  /** Stops all timers. */
  close(): void {
    for (const table of this.tables) table.close();
  }

  #isMute(packet: Packet): boolean {
    const port = this.#ports.get(packet.inPort);
    return port !== undefined && (port.config & PortConfig.NoPacketIn) !== 0;
  }

  #receive(frame: Uint8Array, port: SwitchPort): void {
    if (frame.length >= 14) this.pipeline.run(new Packet(frame, port.portNo));
  }

  #freeNumber(): number {
    for (let n = 1; n <= LAST_PORT; n++) if (!this.#ports.has(n)) return n;
    throw new SouthboundError("ERR_USAGE", `there are ${LAST_PORT} ports already`);
  }
}
