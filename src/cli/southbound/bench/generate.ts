import { readFileSync } from "node:fs";
import type { SocketConnectOpts } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Version } from "../../../schema/mod.js";
import { parseActive } from "../../../stream/mod.js";
import { FakeSwitch } from "./fake-switch.js";
import { announcements, conversations } from "./traffic.js";

/** How packet-ins are sent: as many as the window holds, or one at a time for each switch. */
export type Mode = "throughput" | "latency";

/** One measurement to make. */
export interface Load {
  /** The controller, `tcp:HOST:PORT` or `unix:FILE`. */
  readonly target: string;
  readonly version: Version;
  readonly mode: Mode;
  readonly switches: number;
  /** Hosts behind each switch, all announced before the measurement. */
  readonly macs: number;
  /** Length of a loop. */
  readonly seconds: number;
  /** Loops that count. */
  readonly loops: number;
  /** Loops before them that do not. */
  readonly warmup: number;
  /** The controller's process, whose CPU time is read. */
  readonly pid?: number | undefined;
}

/** What was measured. */
export interface Measured {
  /** Messages answered per second, of each loop. */
  readonly rates: readonly number[];
  /** Messages answered in all loops. */
  readonly messages: number;
  /** Flow-mods among the answers. */
  readonly flowMods: number;
  /** Packet-outs among the answers. */
  readonly packetOuts: number;
  /** Packet-ins given up. */
  readonly lost: number;
  /** CPU time of the controller's process over all loops, in milliseconds; undefined where it could not be read. */
  readonly cpuMs: number | undefined;
}

/** Packet-ins under way for each switch in throughput mode. */
const WINDOW = 1024;
/** Answers that are waited for before packet-ins are sent in their place, in one write. */
const BATCH = 256;
const CONNECT_TIMEOUT = 10_000;
/** A connection counts as set up when the controller has asked nothing for so long. */
const SETTLE = 60;
const SILENCE = 400;
/** A tick of /proc's clock, in milliseconds: USER_HZ is 100 on every Linux. */
const TICK = 10;

/** The CPU time that a process has used, in milliseconds, from /proc; undefined where there is no such file. */
export function cpuTime(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK;
  } catch {
    return undefined;
  }
}

function socketOf(target: string): SocketConnectOpts {
  const t = parseActive(target);
  if (t.syntax === "inet") return { host: t.host, port: t.port };
  if (t.syntax === "file") return { path: t.file };
  throw new Error(`${target}: the load generator connects by tcp: and unix:`);
}

const total = (fleet: readonly FakeSwitch[], count: (s: FakeSwitch) => number): number => fleet.reduce((n, s) => n + count(s), 0);

function check(fleet: readonly FakeSwitch[]): void {
  for (const s of fleet) if (s.failure !== undefined) throw s.failure;
}

/** Waits until the controller has set up every switch. */
async function settled(fleet: readonly FakeSwitch[], signal: AbortSignal | undefined): Promise<void> {
  const deadline = performance.now() + CONNECT_TIMEOUT;
  while (!fleet.every((s) => s.ready && performance.now() - s.lastControl >= SETTLE)) {
    check(fleet);
    if (performance.now() > deadline)
      throw new Error(`the controller set up ${total(fleet, (s) => Number(s.ready))} of ${fleet.length} switches`);
    await sleep(10, undefined, { signal });
  }
}

/** Sends a packet of every host and waits until they are answered, or nothing comes any more. */
async function announce(fleet: readonly FakeSwitch[], load: Load, signal: AbortSignal | undefined): Promise<void> {
  const window = Math.min(BATCH, load.macs);
  const ring = announcements(load.version, load.macs, window);
  for (const s of fleet) s.start(ring, 0, window, 1, load.macs);
  const wanted = total(fleet, (s) => s.answered) + fleet.length * load.macs;
  let before = -1;
  let since = performance.now();
  for (;;) {
    await sleep(2, undefined, { signal });
    check(fleet);
    const now = total(fleet, (s) => s.answered);
    if (now >= wanted) break;
    if (now !== before) since = performance.now();
    else if (performance.now() - since > SILENCE) {
      if (fleet.every((s) => s.exhausted)) break;
      for (const s of fleet) if (!s.exhausted) s.restart();
      since = performance.now();
    }
    before = now;
  }
  for (const s of fleet) s.stop();
}

/**
 * Connects the switches, has them announce their hosts, and measures. Closes them again.
 * @param started - called when the loops that count begin
 * @throws Error where the controller does not set up the switches, or ends a connection
 */
export async function generate(load: Load, started?: () => void, signal?: AbortSignal): Promise<Measured> {
  const where = socketOf(load.target);
  const fleet = Array.from({ length: load.switches }, (_, i) => new FakeSwitch(where, load.version, BigInt(i + 1)));
  try {
    await settled(fleet, signal);
    await announce(fleet, load, signal);
    const [window, batch] = load.mode === "latency" ? [1, 1] : [WINDOW, BATCH];
    const ring = conversations(load.version, load.macs, window);
    fleet.forEach((s, i) => {
      s.start(ring, i * 61, window, batch);
    });

    const rates: number[] = [];
    const seen = new Map(fleet.map((s) => [s, { answered: s.answered, since: performance.now() }]));
    const answered = (): number => total(fleet, (s) => s.answered);
    let from = { cpu: cpuTime(load.pid), answered: 0, flowMods: 0, packetOuts: 0, lost: 0 };
    for (let loop = -load.warmup; loop < load.loops; loop++) {
      if (loop === 0) {
        started?.();
        from = {
          cpu: cpuTime(load.pid),
          answered: answered(),
          flowMods: total(fleet, (s) => s.flowMods),
          packetOuts: total(fleet, (s) => s.packetOuts),
          lost: total(fleet, (s) => s.lost),
        };
      }
      const before = answered();
      const start = performance.now();
      await sleep(load.seconds * 1000, undefined, { signal });
      const seconds = (performance.now() - start) / 1000;
      if (loop >= 0) rates.push((answered() - before) / seconds);
      check(fleet);
      for (const s of fleet) {
        const last = seen.get(s)!;
        if (s.answered !== last.answered) seen.set(s, { answered: s.answered, since: performance.now() });
        else if (performance.now() - last.since > SILENCE) {
          s.restart();
          last.since = performance.now();
        }
      }
    }
    const cpu = cpuTime(load.pid);
    return {
      rates,
      messages: answered() - from.answered,
      flowMods: total(fleet, (s) => s.flowMods) - from.flowMods,
      packetOuts: total(fleet, (s) => s.packetOuts) - from.packetOuts,
      lost: total(fleet, (s) => s.lost) - from.lost,
      cpuMs: cpu === undefined || from.cpu === undefined ? undefined : cpu - from.cpu,
    };
  } finally {
    for (const s of fleet) s.close();
  }
}
