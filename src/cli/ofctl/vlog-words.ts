import { hostname } from "node:os";

/** The levels of a log, from the one that nothing is logged at to the one where all is. */
export const LEVELS = ["OFF", "EMER", "ERR", "WARN", "INFO", "DBG"] as const;

/** A level of ovs-ofctl's log. */
export type VlogLevel = (typeof LEVELS)[number];

/** Where a log goes. */
export const DESTINATIONS = ["syslog", "console", "file"] as const;
/** See {@link DESTINATIONS}. */
export type Destination = (typeof DESTINATIONS)[number];

/** The form of a line unless another one is given. Open vSwitch vlog.h (VLOG_DESTINATIONS) */
export const PATTERNS: Readonly<Record<Destination, string>> = {
  syslog: "ovs|%05N|%c%T|%p|%m",
  console: "%D{%Y-%m-%dT%H:%M:%SZ}|%05N|%c%T|%p|%m",
  file: "%D{%Y-%m-%dT%H:%M:%S.###Z}|%05N|%c%T|%p|%m",
};

/** The modules of ovs-ofctl, whose level can be set; this program logs under a few. */
export const MODULES: readonly string[] =
  `backtrace bundle command_line conntrack conntrack_tp coverage ct_dpif daemon daemon_unix dns_resolve dpdk dpif dpif_lookup_autovalidator dpif_lookup_generic
  dpif_mfex_extract_study dpif_netdev dpif_netdev_extract dpif_netdev_impl dpif_netdev_lookup dpif_netlink dpif_netlink_rtnl entropy fatal_signal flow hmap ipf
  jsonrpc lockfile meta_flow native_tnl netdev netdev_afxdp netdev_linux netdev_offload netdev_offload_tc netdev_vport netlink netlink_conntrack
  netlink_notifier netlink_socket nx_match odp_execute odp_execute_impl odp_util ofctl ofp_actions ofp_bundle ofp_connection ofp_errors ofp_flow ofp_group
  ofp_match ofp_meter ofp_monitor ofp_msgs ofp_packet ofp_port ofp_protocol ofp_queue ofp_table ofp_util ovs_numa ovs_rcu ovs_replay ovs_router ovs_thread
  ovsdb_cs ovsdb_error ovsdb_idl ox_stat pcap pmd_perf poll_loop process reconnect route_table sha1 signals socket_util socket_util_unix stream stream_fd
  stream_replay stream_ssl stream_tcp stream_unix svec tc timeval unixctl userspace_tso util uuid vconn vconn_stream vlog`.split(/\s+/);

/** The facilities of syslog with their numbers. Open vSwitch vlog.c (vlog_facilities), RFC 5424 6.2.1 */
export const FACILITIES: Readonly<Record<string, number>> = Object.fromEntries(
  `kern user mail daemon auth syslog lpr news uucp clock ? ftp ntp audit alert clock2 local0 local1 local2 local3 local4 local5 local6 local7`
    .split(" ")
    .map((name, i) => [name, (name === "clock" ? 9 : i) * 8] as const)
    .filter(([name]) => name !== "?"),
);

/** The severities of levels for syslog. Open vSwitch vlog.h (VLOG_LEVELS) */
export const SEVERITIES: Readonly<Record<VlogLevel, number>> = { OFF: 1, EMER: 1, ERR: 3, WARN: 4, INFO: 5, DBG: 7 };

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const two = (n: number): string => String(n).padStart(2, "0");

/** A time of UTC as strftime() writes it, and `###` for milliseconds. */
export function strftime(format: string, at: Date): string {
  const parts: Readonly<Record<string, string>> = {
    Y: String(at.getUTCFullYear()),
    m: two(at.getUTCMonth() + 1),
    b: MONTHS[at.getUTCMonth()]!,
    h: MONTHS[at.getUTCMonth()]!,
    d: two(at.getUTCDate()),
    e: String(at.getUTCDate()).padStart(2),
    H: two(at.getUTCHours()),
    M: two(at.getUTCMinutes()),
    S: two(at.getUTCSeconds()),
    "%": "%",
  };
  const named = format
    .replace("%F", "%Y-%m-%d")
    .replace("%T", "%H:%M:%S")
    .replace(/%(.)/g, (whole, c: string) => parts[c] ?? whole);
  return named.replace("###", String(at.getUTCMilliseconds()).padStart(3, "0"));
}

/** A line of the log, for the parts of a pattern. */
export interface VlogLine {
  readonly program: string;
  /** The part of the program that logs it, where that is not the main one. */
  readonly subprogram: string;
  readonly module: string;
  readonly level: VlogLevel;
  readonly text: string;
  readonly sequence: number;
  /** The number of the facility of syslog. */
  readonly facility: number;
}

const DEFAULT_TIME = "%Y-%m-%d %H:%M:%S.###";

function part(letter: string, form: string | undefined, line: VlogLine, at: Date): string {
  switch (letter) {
    case "A":
      return line.program;
    case "B":
      return String(line.facility + SEVERITIES[line.level]);
    case "c":
      return line.module;
    case "D":
    case "d":
      return strftime(form ?? DEFAULT_TIME, at);
    case "E":
      return hostname();
    case "m":
      return line.text;
    case "N":
      return String(line.sequence);
    case "n":
      return "\n";
    case "P":
      return String(process.pid);
    case "p":
      return line.level;
    case "r":
      return String(Math.round(performance.now()));
    case "T":
      return line.subprogram === "" ? "" : `(${line.subprogram})`;
    case "t":
      return line.subprogram === "" ? "main" : line.subprogram;
    default:
      return letter;
  }
}

/** A line of the log in a pattern of Open vSwitch's. vlog.c (format_log_message) */
export function formatLine(pattern: string, line: VlogLine): string {
  const at = new Date();
  return pattern.replace(/%(-?)(0?)(\d*)(?:([cDd])\{([^}]*)\}?|(.))/gs, (_whole, left, zero, width, timed, form, plain) => {
    const text = part(timed ?? plain, form, line, at);
    return left === "-" ? text.padEnd(Number(width), zero === "0" ? "0" : " ") : text.padStart(Number(width), zero === "0" ? "0" : " ");
  });
}
