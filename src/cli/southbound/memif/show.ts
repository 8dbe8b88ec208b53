import type { Command } from "commander";
import type { Interface, MemifCounters } from "../../../memif/mod.js";
import { number } from "../exit.js";
import { coloured } from "../logging.js";
import { glyphs, render, Screen, type Span } from "../screen.js";
import { stopped } from "../signals.js";
import { type EndpointOptions, endpointCommand, withEndpoint } from "./endpoint.js";
import type { Role } from "./role.js";

interface Options extends EndpointOptions {
  readonly interval: number;
  readonly duration?: number;
}

/** `memif ROLE show`: takes what comes, and shows the counters. */
export function showCommand(role: Role): Command {
  return endpointCommand(role, "show", "Take the packets that come and show the counters live, until Ctrl-C.")
    .option("--interval <s>", "how often", number("seconds", 0.1, 3600), 1)
    .option("--duration <s>", "end after so long (default: no end)", number("seconds", 0.1, 1e6))
    .action((options: Options) => show(role, options));
}

/** Packets and bytes per second since the call before. */
class Rates {
  #before: MemifCounters;
  #at = performance.now();

  constructor(counters: MemifCounters) {
    this.#before = counters;
  }

  since(now: MemifCounters): { readonly packets: number; readonly bytes: number } {
    const seconds = Math.max((performance.now() - this.#at) / 1000, 1e-6);
    const packets = (now.rx.packets - this.#before.rx.packets) / seconds;
    const bytes = (now.rx.bytes - this.#before.rx.bytes) / seconds;
    this.#before = now;
    this.#at = performance.now();
    return { packets, bytes };
  }
}

async function show(role: Role, options: Options): Promise<void> {
  const ms = options.interval * 1000;
  await withEndpoint(role, options, async ({ memif, stop }) => {
    memif.receive(() => {});
    const rates = new Rates(memif.counters);
    if (options.json !== true && process.stdout.isTTY) {
      const { cut } = glyphs();
      const colour = coloured(process.stdout);
      using _screen = new Screen(process.stdout, (columns) => picture(memif, rates).map((line) => render(line, columns, colour, cut)), ms);
      return stopped(stop.signal, options.duration === undefined ? undefined : options.duration * 1000);
    }
    const timer = setInterval(() => process.stdout.write(`${line(memif, rates, options.json === true)}\n`), ms);
    await stopped(stop.signal, options.duration === undefined ? undefined : options.duration * 1000);
    clearInterval(timer);
  });
}

const count = (n: number): string => n.toLocaleString("en");

function line(memif: Interface, rates: Rates, json: boolean): string {
  const { state, counters } = memif;
  const { packets, bytes } = rates.since(counters);
  if (json) return JSON.stringify({ event: "counters", state, packetsPerSecond: packets, bytesPerSecond: bytes, ...counters });
  const { rx } = counters;
  return `${state}: ${rx.packets} packets, ${rx.bytes} bytes, ${packets.toFixed(0)} packets/s`;
}

function picture(memif: Interface, rates: Rates): Span[][] {
  const { state, peer, counters } = memif;
  const { packets, bytes } = rates.since(counters);
  const { interrupts, connections, failures, faults } = counters;
  return [
    [
      ["bold", `${memif.role} ${memif.name} at ${memif.socket.name}, id ${memif.id}: `],
      [state === "connected" ? "green" : "yellow", state],
    ],
    [peer === null ? "" : `peer: ${peer.interfaceName || "an interface"} of ${peer.application}`],
    [],
    [`${count(Math.round(packets))} packets/s, ${count(Math.round(bytes * 8))} bit/s`],
    [],
    [["dim", "queue          packets             bytes        bursts       chained"]],
    ...counters.rxQueues.map((queue, i): Span[] => [
      String(i).padEnd(6),
      count(queue.packets).padStart(16),
      count(queue.bytes).padStart(18),
      count(queue.bursts).padStart(14),
      count(queue.chained).padStart(14),
    ]),
    [],
    [`${count(interrupts)} interrupts, ${count(connections)} connections, ${count(failures)} not made, ${count(faults)} ended for faults`],
  ];
}
