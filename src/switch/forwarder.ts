import type { Clock } from "../clock/mod.js";
import { SouthboundError } from "../errors/mod.js";
import { PortConfig, PortNo, PortReason } from "../ofp/mod.js";
import { LAST_PORT } from "./compile-action.js";
import type { Flow } from "./flow.js";
import { FlowTable } from "./flow-table.js";
import { Packet } from "./packet.js";
import { Pipeline, type PipelineOutlets, type PuntReason } from "./pipeline.js";
import { Port, type PortInit } from "./port.js";

/** The reports of the forwarding part of a switch. */
export interface ForwarderEvents {
  /** A flow or a packet-out sends a packet to the controller. */
  punt(packet: Packet, maxLen: number, why: PuntReason): void;
  /** No flow matches a packet. */
  miss(packet: Packet, tableId: number): void;
  /** A packet was dropped because its time to live would end. */
  invalidTtl(packet: Packet, why: PuntReason): void;
  /** A flow went. `reason` is of `FlowRemovedReason`. */
  flowRemoved(flow: Flow, tableId: number, reason: number): void;
  /** A port came, went or changed. `reason` is of `PortReason`. */
  portChanged(port: Port, reason: number): void;
}

/** How big it is. */
export interface ForwarderOptions {
  readonly clock: Clock;
  readonly tables: number;
  readonly maxFlows?: number | undefined;
  readonly maxShapes?: number | undefined;
}

/** The ports and tables of a switch, without any controller. */
export class Forwarder implements PipelineOutlets {
  readonly clock: Clock;
  readonly pipeline: Pipeline;
  readonly #events: ForwarderEvents;
  readonly #ports = new Map<number, Port>();

  constructor(options: ForwarderOptions, events: ForwarderEvents) {
    this.clock = options.clock;
    this.#events = events;
    const tables = Array.from(
      { length: options.tables },
      (_, tableId) =>
        new FlowTable({
          clock: options.clock,
          maxFlows: options.maxFlows,
          maxShapes: options.maxShapes,
          onRemoved: (flow, reason) => events.flowRemoved(flow, tableId, reason),
        }),
    );
    this.pipeline = new Pipeline(tables, options.clock, this);
  }

  get tables(): readonly FlowTable[] {
    return this.pipeline.tables;
  }

  /** The ports by their numbers, lowest first. */
  ports(): Port[] {
    return [...this.#ports.values()].sort((a, b) => a.portNo - b.portNo);
  }

  port(portNo: number): Port | undefined {
    return this.#ports.get(portNo);
  }

  /** Throws `ERR_USAGE` for a number that is taken or that no port can have, or where no number is left. */
  addPort(init: Partial<PortInit>, hwAddr: (portNo: number) => number): Port {
    const portNo = init.portNo ?? this.#freeNumber();
    if (!(Number.isInteger(portNo) && portNo >= 1 && (portNo <= LAST_PORT || portNo === PortNo.Local)))
      throw new SouthboundError("ERR_USAGE", `${portNo} is no number of a port: 1 to ${LAST_PORT} are, and PortNo.Local`);
    if (this.#ports.has(portNo)) throw new SouthboundError("ERR_USAGE", `there is a port ${portNo} already`);
    const port = new Port({
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
    port.onFrame = null;
    port.onChange = null;
    this.#events.portChanged(port, PortReason.Delete);
    return true;
  }

  transmit(frame: Uint8Array, port: number, inPort: number): void {
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
      default:
        if (port !== inPort) this.#ports.get(port)?.send(frame);
    }
  }

  punt(packet: Packet, maxLen: number, why: PuntReason): void {
    if (!this.#isMute(packet)) this.#events.punt(packet, maxLen, why);
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

  #receive(frame: Uint8Array, port: Port): void {
    if (frame.length >= 14) this.pipeline.run(new Packet(frame, port.portNo));
  }

  #freeNumber(): number {
    for (let n = 1; n <= LAST_PORT; n++) if (!this.#ports.has(n)) return n;
    throw new SouthboundError("ERR_USAGE", `there are ${LAST_PORT} ports already`);
  }
}
