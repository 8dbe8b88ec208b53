import { readFileSync } from "node:fs";
import type { SocketConnectOpts } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parseActive } from "southbound/stream";
import { FakeSwitch } from "./fake-switch.js";
import type { Load, Measured } from "./load.js";
import { announcements, conversations, type Ring } from "./traffic.js";

/** Packet-ins under way for each switch in throughput mode. */
const WINDOW = 1024;
/** Answers that are waited for before packet-ins are sent in their place, in one write. */
const BATCH = 256;
/** Switches that connect at a time: more would not fit into the queue of a listener. */
const AT_ONCE = 256;
const CONNECT_TIMEOUT = 10_000;
/** A connection counts as set up when the controller has asked nothing for so long. */
const SETTLE = 60;
/** Packet-ins that are not answered for so long, in milliseconds, are given up; longer where a switch has to wait for the windows of many others. */
const SILENCE = 400;
const SILENCE_PER_SWITCH = 5;
/** How often answers are looked for. */
const LOOK = 2;
/** A tick of /proc's clock, in milliseconds: USER_HZ is 100 on every Linux. */
const PROC_TICK = 10;

/** The CPU time that a process has used, in milliseconds, from /proc; undefined where there is no such file. */
export function cpuTime(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * PROC_TICK;
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

interface Counts {
  readonly answered: number;
  readonly flowMods: number;
  readonly packetOuts: number;
  readonly lost: number;
  readonly cpu: number | undefined;
}

/** The switches of one load, at one controller. */
export class Fleet {
  readonly load: Load;
  readonly #switches: FakeSwitch[] = [];
  readonly #window: number;
  readonly #batch: number;
  readonly #silence: number;
  readonly #ring: Ring;
  #rates: number[] = [];
  #from: Counts;

  constructor(load: Load) {
    this.load = load;
    [this.#window, this.#batch] = load.mode === "latency" ? [1, 1] : [WINDOW, BATCH];
    this.#silence = Math.max(SILENCE, SILENCE_PER_SWITCH * load.switches);
    this.#ring = conversations(load.version, load.macs, this.#window);
    this.#from = this.#counts();
  }

  /** Connects the switches and has every host announce itself. */
  async connect(signal?: AbortSignal): Promise<void> {
    const { target, version, switches, macs } = this.load;
    const where = socketOf(target);
    const fleet = this.#switches;
    while (fleet.length < switches) {
      const n = Math.min(AT_ONCE, switches - fleet.length);
      for (let i = 0; i < n; i++) fleet.push(new FakeSwitch(where, version, BigInt(fleet.length + 1)));
      await this.#settled(signal);
    }
    const window = Math.min(BATCH, macs);
    const ring = announcements(version, macs, window);
    for (const s of fleet) s.start(ring, 0, window, 1, macs);
    await this.#drained(signal, true);
  }

  /** From now on loops count. */
  count(): void {
    this.#rates = [];
    this.#from = this.#counts();
  }

  /** One loop: it is measured from when every switch has been answered, and ends when nothing is under way. */
  async run(signal?: AbortSignal): Promise<void> {
    const fleet = this.#switches;
    const began = fleet.map((s) => s.answered);
    fleet.forEach((s, i) => {
      s.start(this.#ring, i * 61, this.#window, this.#batch);
    });
    const late = performance.now() + this.#silence;
    while (fleet.some((s, i) => s.answered === began[i]) && performance.now() < late) await this.#look(signal);
    const before = this.#counts().answered;
    const start = performance.now();
    await sleep(this.load.seconds * 1000, undefined, { signal });
    this.#rates.push(((this.#counts().answered - before) * 1000) / (performance.now() - start));
    for (const s of fleet) s.stop();
    await this.#drained(signal, false);
  }

  /** What was measured since {@link count}. */
  measured(): Measured {
    const [from, to] = [this.#from, this.#counts()];
    return {
      rates: this.#rates,
      messages: to.answered - from.answered,
      flowMods: to.flowMods - from.flowMods,
      packetOuts: to.packetOuts - from.packetOuts,
      lost: to.lost - from.lost,
      cpuMs: to.cpu === undefined || from.cpu === undefined ? undefined : to.cpu - from.cpu,
    };
  }

  close(): void {
    for (const s of this.#switches) s.close();
  }

  #counts(): Counts {
    let [flowMods, packetOuts, lost] = [0, 0, 0];
    for (const s of this.#switches) {
      flowMods += s.flowMods;
      packetOuts += s.packetOuts;
      lost += s.lost;
    }
    return { answered: flowMods + packetOuts, flowMods, packetOuts, lost, cpu: cpuTime(this.load.pid) };
  }

  async #look(signal: AbortSignal | undefined): Promise<void> {
    await sleep(LOOK, undefined, { signal });
    for (const s of this.#switches) if (s.failure !== undefined) throw s.failure;
  }

  /** Waits until the controller has set up every switch. */
  async #settled(signal: AbortSignal | undefined): Promise<void> {
    const fleet = this.#switches;
    const deadline = performance.now() + CONNECT_TIMEOUT;
    while (!fleet.every((s) => s.ready && performance.now() - s.lastControl >= SETTLE)) {
      if (performance.now() > deadline)
        throw new Error(`the controller set up ${fleet.filter((s) => s.ready).length} of ${fleet.length} switches that connected`);
      await this.#look(signal);
    }
  }

  /**
   * Waits until all packet-ins are answered. What is not answered in time is given up.
   * @param again - sends anew what was given up, as far as something is left to be sent
   */
  async #drained(signal: AbortSignal | undefined, again: boolean): Promise<void> {
    const fleet = this.#switches;
    let before = -1;
    let since = performance.now();
    for (;;) {
      await this.#look(signal);
      if (fleet.every((s) => s.pending <= 0)) break;
      const now = this.#counts().answered;
      if (now !== before) since = performance.now();
      else if (performance.now() - since > this.#silence) {
        for (const s of fleet) s.giveUp();
        if (!again || fleet.every((s) => s.exhausted)) break;
        since = performance.now();
      }
      before = now;
    }
    for (const s of fleet) s.stop();
  }
}
