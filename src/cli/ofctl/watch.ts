import { dumpProtocol, flowRequest, portNames, requestProtocols } from "../../client/mod.js";
import { suggestion } from "../../errors/mod.js";
import {
  type FlowStats,
  GroupStatsReply,
  GroupStatsRequest,
  type Message,
  PortNo,
  PortStatsReply,
  PortStatsRequest,
} from "../../ofp/mod.js";
import { FlowText, formatMatch } from "../../ofp/syntax/mod.js";
import type { Version } from "../../schema/mod.js";
import type { Vconn } from "../../vconn/mod.js";
import { type FlowFilter, plainText, recordOfStats } from "../../view/mod.js";
import { Screen } from "../southbound/screen.js";
import { choiceOf } from "./choice.js";
import { handleSignals, onEnd } from "./ending.js";
import { Fatal } from "./fatal.js";
import { out } from "./output.js";
import { Rates, type Sample, type SortBy, sortedBy } from "./rates.js";
import type { Run, Settings } from "./settings.js";
import { Target } from "./target.js";

const FOREVER = { timeout: Number.POSITIVE_INFINITY };
const WHAT = ["flows", "ports", "groups"] as const;
type What = (typeof WHAT)[number];

/** Milliseconds between two looks unless given. */
const INTERVAL = 1000;
/** Rows that are printed of each look where there is no terminal. */
const MOST_LINES = 50;

/** Reads the counters of everything that is watched. */
type Look = (vconn: Vconn) => Promise<Sample[]>;

async function lookAtFlows(target: Target, settings: Settings, filter: FlowFilter | undefined): Promise<Look> {
  const every = new FlowText("", { command: "filter" });
  const names = await target.shown();
  let protocol = 0;
  return async (vconn) => {
    if (protocol === 0) protocol = await dumpProtocol(vconn, requestProtocols(every), settings.flowFormats);
    const options = { ...names, version: vconn.version as Version };
    const found: Sample[] = [];
    const take = (flow: FlowStats): void => {
      if (filter !== undefined && !filter.test(recordOfStats(flow, options))) return;
      const { tableId, priority, match, packetCount, byteCount } = flow;
      found.push({
        name: `table=${tableId} ${formatMatch(match, { ...options, priority })}`.trim(),
        packets: packetCount,
        bytes: byteCount,
      });
    };
    for await (const flow of vconn.dumpFlows(flowRequest(every, protocol), FOREVER)) take(flow);
    return found;
  };
}

const parts = (vconn: Vconn, request: Message): Promise<readonly Message[]> => vconn.transactMultipart(request, FOREVER);

function lookAtPorts(): Look {
  let names: ReadonlyMap<number, string> | undefined;
  return async (vconn) => {
    names ??= (await portNames(vconn)).names;
    const replies = await parts(vconn, PortStatsRequest.of({ portNo: PortNo.Any }));
    return replies.flatMap((reply) =>
      PortStatsReply.is(reply)
        ? reply.ports.flatMap(({ portNo, rxPackets, rxBytes, txPackets, txBytes }): Sample[] => {
            const name = names?.get(portNo) ?? String(portNo);
            return [
              { name: `${name} rx`, packets: rxPackets, bytes: rxBytes },
              { name: `${name} tx`, packets: txPackets, bytes: txBytes },
            ];
          })
        : [],
    );
  };
}

function lookAtGroups(): Look {
  return async (vconn) => {
    const replies = await parts(vconn, GroupStatsRequest.of());
    return replies.flatMap((reply) =>
      GroupStatsReply.is(reply)
        ? reply.groups.map(
            ({ groupId, packetCount, byteCount }): Sample => ({ name: `group ${groupId}`, packets: packetCount, bytes: byteCount }),
          )
        : [],
    );
  };
}

function seconds(text: string): number {
  const n = Number(text);
  if (!(n >= 0.1 && n <= 3600)) throw new Fatal(`watch looks every 0.1 to 3600 seconds, not every '${text}'`);
  return n * 1000;
}

const KEYS: Readonly<Record<string, SortBy>> = { p: "packets", b: "bytes", t: "total", n: "name" };

/** A watch on a terminal: the keys, the screen, and the end. */
class Watch implements Disposable {
  readonly ended: Promise<void>;
  readonly rates = new Rates();
  by: SortBy = "packets";
  #paused = false;
  #finish: () => void = () => {};
  readonly #screen: Screen | undefined;
  readonly #title: string;
  readonly #stop: () => void;

  constructor(title: string) {
    this.#title = title;
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    const { stdin, stdout } = process;
    if (stdout.isTTY) this.#screen = new Screen(stdout, (columns, rows) => this.#lines(columns, rows), INTERVAL);
    if (stdout.isTTY && stdin.isTTY) {
      stdin.setRawMode(true);
      stdin.on("data", this.#key).resume();
    }
    this.#stop = onEnd(() => this[Symbol.dispose]());
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Shows what a look has brought. */
  show(samples: readonly Sample[], at: number): void {
    this.rates.take(samples, at);
    if (this.#screen !== undefined) {
      this.#screen.draw();
      return;
    }
    for (const row of sortedBy(this.rates.rows, this.by).slice(0, MOST_LINES))
      out(
        `${new Date().toISOString()} ${row.packetRate.toFixed(1)} packets/s ${row.byteRate.toFixed(1)} bytes/s n_packets=${row.packets} ${plainText(row.name)}\n`,
      );
  }

  [Symbol.dispose](): void {
    const { stdin } = process;
    this.#stop?.();
    this.#screen?.[Symbol.dispose]();
    if (stdin.isTTY && stdin.isRaw) stdin.setRawMode(false);
    stdin.off("data", this.#key).pause();
    this.#finish();
  }

  readonly #key = (data: Buffer): void => {
    for (const key of data.toString("latin1")) {
      if (key === "q" || key === "Q" || key === "\u0004") this.#finish();
      else if (key === "\u0003") process.kill(process.pid, "SIGINT");
      else if (key === " ") this.#paused = !this.#paused;
      else this.by = KEYS[key] ?? this.by;
    }
    this.#screen?.draw();
  };

  #lines(columns: number, rows: number): string[] {
    const cut = (text: string): string => (text.length > columns ? `${text.slice(0, columns - 1)}~` : text);
    const found = sortedBy(this.rates.rows, this.by);
    const numbers = columns < 60 ? 8 : 12;
    const head = `${"pkt/s".padStart(numbers)} ${"byte/s".padStart(numbers)}${columns < 60 ? "" : ` ${"packets".padStart(numbers)}`} `;
    const lines = [
      cut(`${this.#title}${this.#paused ? " [paused]" : ""}`),
      cut("q ends, space pauses, p b t n sort"),
      cut(`${head}by ${this.by}`),
    ];
    for (const row of found.slice(0, Math.max(0, rows - lines.length))) {
      const total = columns < 60 ? "" : ` ${short(Number(row.packets)).padStart(numbers)}`;
      lines.push(cut(`${short(row.packetRate).padStart(numbers)} ${short(row.byteRate).padStart(numbers)}${total} ${plainText(row.name)}`));
    }
    return lines;
  }
}

/** A number in few characters. */
function short(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toFixed(1)}G`;
  if (n >= 1e6) return `${(n / 1e6).toFixed(1)}M`;
  if (n >= 1e4) return `${(n / 1e3).toFixed(1)}k`;
  return Number.isInteger(n) ? String(n) : n.toFixed(1);
}

/** Shows how fast the counters of flows, ports or groups grow, until `q` or a signal ends it; without a terminal in lines. */
export const watch: Run = async ([name = "", what = "flows", every], settings) => {
  if (!(WHAT as readonly string[]).includes(what)) throw new Fatal(`'${what}' cannot be watched${suggestion(what, WHAT)}`);
  const interval = every === undefined ? INTERVAL : seconds(every);
  const target = new Target(name, settings);
  const { filter } = await choiceOf(settings, target);
  const looks: Readonly<Record<What, () => Look | Promise<Look>>> = {
    flows: () => lookAtFlows(target, settings, filter),
    ports: lookAtPorts,
    groups: lookAtGroups,
  };
  const look = await looks[what as What]();
  await target.use(async (vconn) => {
    handleSignals(settings.connection.log);
    // the first look is before the screen changes: what is wrong then is printed on the one that is there
    const first = await look(vconn);
    using shown = new Watch(`${plainText(name)}: ${what}`);
    const closed = new Promise<never>((_, reject) => {
      const { onClose } = vconn;
      vconn.onClose = (error) => {
        onClose?.(error);
        reject(error ?? new Fatal(`${name}: the switch has closed the connection`));
      };
    });
    closed.catch(() => {});
    const ended = shown.ended.then(() => true);
    shown.show(first, performance.now());
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const pause = new Promise<boolean>((resolve) => {
        timer = setTimeout(() => resolve(false), interval);
      });
      const over = await Promise.race([ended, pause, closed]);
      clearTimeout(timer);
      if (over) return;
      if (shown.paused) continue;
      const samples = await Promise.race([ended, look(vconn)]);
      if (samples === true) return;
      shown.show(samples as Sample[], performance.now());
    }
  });
};
