import { formatDpid, formatIpv4, formatMac } from "../../../bytes/mod.js";
import type { Pings } from "./pings.js";
import type { Watch } from "./watch.js";

/** A host of the embedded network, as the demo knows it. */
export interface DemoHost {
  readonly name: string;
  readonly mac: number;
  readonly ip: number;
  /** The switch it is attached to, and the port there. */
  readonly dpid: bigint;
  readonly port: number;
}

/** What the demo is made of and has counted. */
export interface DemoState {
  /** Milliseconds on the clock's scale. */
  readonly startedAt: number;
  readonly now: number;
  /** The names that are really bound. */
  readonly listen: readonly string[];
  readonly watch: Watch;
  readonly hosts: readonly DemoHost[];
  readonly pings: Pings;
}

/** Where the controller has learnt a host: the port of its switch at which packets of it came in; undefined if none did. */
export function learntAt({ watch }: DemoState, host: DemoHost): { readonly name: string; readonly port: number } | undefined {
  const s = watch.switches.find(({ dpid }) => dpid === host.dpid);
  const port = s?.addresses.get(host.mac);
  return s === undefined || port === undefined ? undefined : { name: s.name, port };
}

const rounded = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms * 1000) / 1000);

/** The summary that `--json` prints. Times in milliseconds, `duration` in seconds; null where nothing was measured or learnt. */
export function summaryOf(state: DemoState) {
  const { total, unreached } = state.pings;
  const { sent, answered, lost, roundTrips: rtt } = total;
  return {
    duration: Math.round(state.now - state.startedAt) / 1000,
    listen: state.listen,
    switches: state.watch.switches.map((s) => ({
      dpid: formatDpid(s.dpid),
      name: s.name,
      version: s.version,
      peer: s.peer,
      connected: s.connected,
      ports: s.ports,
      flows: s.flows,
      packetIns: s.packetIns,
      addresses: s.addresses.size,
    })),
    hosts: state.hosts.map((host) => {
      const at = learntAt(state, host);
      return { name: host.name, mac: formatMac(host.mac), ip: formatIpv4(host.ip), switch: at?.name ?? null, port: at?.port ?? null };
    }),
    pings: {
      sent,
      answered,
      lost,
      rttMs: {
        min: rounded(rtt.min),
        avg: rounded(rtt.avg),
        p50: rounded(rtt.percentile(0.5)),
        p99: rounded(rtt.percentile(0.99)),
        max: rounded(rtt.max),
      },
    },
    unreached: unreached.map(({ from, to }) => ({ from, to })),
  };
}

/** See {@link summaryOf}. */
export type Summary = ReturnType<typeof summaryOf>;

/** A count with its noun: `1 flow`, `2 flows`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : /(s|ch)$/.test(noun) ? "es" : "s"}`;

const ms = (n: number | null): string => (n === null ? "-" : n.toFixed(2));

/** The summary in lines for people. */
export function summaryLines(summary: Summary): string[] {
  const { duration, switches, hosts, pings, unreached } = summary;
  const lines = [`ran ${duration.toFixed(1)} s, listening on ${summary.listen.join(", ")}`];
  for (const s of switches) {
    const parts = [`OpenFlow ${s.version}`, count(s.ports, "port"), count(s.flows, "flow"), count(s.packetIns, "packet-in")];
    if (!s.connected) parts.push("gone");
    lines.push(`switch ${s.name === s.dpid ? "" : `${s.name} `}${s.dpid}: ${parts.join(", ")}`);
  }
  if (hosts.length === 0) return lines;
  for (const host of hosts) {
    const at = host.switch === null ? "not learnt" : `learnt at port ${host.port} of ${host.switch}`;
    lines.push(`host ${host.name}: ${host.ip}, ${host.mac}, ${at}`);
  }
  const { min, avg, p50, p99, max } = pings.rttMs;
  lines.push(`pings: ${pings.sent} sent, ${pings.answered} answered, ${pings.lost} lost`);
  lines.push(`round trip ms: min ${ms(min)}, avg ${ms(avg)}, p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}`);
  const pairs = hosts.length * (hosts.length - 1);
  lines.push(
    unreached.length === 0
      ? `every host reached every other (${pairs} pairs)`
      : `${unreached.length} of ${pairs} pairs did not reach each other`,
  );
  return lines;
}

/** One line on how it goes, for where no picture can be shown. */
export function progressLine({ watch, hosts, pings }: DemoState): string {
  const up = watch.switches.filter(({ connected }) => connected);
  const flows = up.reduce((n, s) => n + s.flows, 0);
  const packetIns = watch.switches.reduce((n, s) => n + s.packetIns, 0);
  const parts = [`${count(up.length, "switch")} up`, count(flows, "flow"), count(packetIns, "packet-in")];
  if (hosts.length > 0) {
    const { sent, answered, lost, roundTrips } = pings.total;
    parts.push(`pings: ${sent} sent, ${answered} answered, ${lost} lost, avg ${ms(rounded(roundTrips.avg))} ms`);
  }
  return parts.join(", ");
}
