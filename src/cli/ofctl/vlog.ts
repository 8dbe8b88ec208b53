import { hostname } from "node:os";
import type { Log, LogLevel } from "../../vconn/mod.js";
import { Fatal } from "./fatal.js";

/** The levels of ovs-ofctl's log, from the one that nothing is logged at to the one where all is. */
const LEVELS = ["OFF", "EMER", "ERR", "WARN", "INFO", "DBG"] as const;

/** A level of ovs-ofctl's log. */
export type VlogLevel = (typeof LEVELS)[number];

const OF_LOG: Readonly<Record<LogLevel, VlogLevel>> = { debug: "DBG", info: "INFO", warn: "WARN", error: "ERR" };

/** The modules whose level can be set: those of ovs-ofctl, of which this program logs under a few. */
const MODULES: ReadonlySet<string> = new Set(
  `vconn vconn_stream stream stream_ssl stream_tcp stream_unix stream_fd socket_util fatal_signal ofctl ofp_actions ofp_util ofp_flow ofp_match
  ofp_port ofp_group ofp_meter ofp_table ofp_msgs ofp_errors ofp_packet ofp_protocol ofp_monitor ofp_bundle ofp_queue ofp_connection pcap
  poll_loop timeval util vlog command_line daemon daemon_unix unixctl process backtrace coverage netlink netlink_socket netlink_notifier netdev
  netdev_linux netdev_vport netdev_offload nx_match meta_flow odp_util odp_execute flow bundle lockfile dpif dpif_netdev dpif_netlink jsonrpc
  reconnect svec hmap ovs_thread ovs_rcu tc conntrack dns_resolve entropy ct_dpif route_table ovs_router ovsdb_idl uuid userspace_tso dpdk
  native_tnl ovs_replay ipf`.split(/\s+/),
);

const DESTINATIONS = ["syslog", "console", "file"] as const;
type Destination = (typeof DESTINATIONS)[number];

const isDestination = (word: string): word is Destination => (DESTINATIONS as readonly string[]).includes(word);

const DEFAULT_PATTERN = "%D{%Y-%m-%dT%H:%M:%SZ}|%05N|%c%T|%p|%m";

const two = (n: number): string => String(n).padStart(2, "0");

/** A time of UTC as strftime() writes it, and `###` for milliseconds. */
export function strftime(format: string, at: Date): string {
  const parts: Readonly<Record<string, string>> = {
    Y: String(at.getUTCFullYear()),
    m: two(at.getUTCMonth() + 1),
    d: two(at.getUTCDate()),
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

/** The log of the program on standard error, in the form of Open vSwitch's: `TIME|SEQUENCE|MODULE|LEVEL|TEXT`. What is less than a warning is not logged unless asked for. */
export class Vlog {
  readonly #program: string;
  readonly #write: (line: string) => void;
  #pattern = DEFAULT_PATTERN;
  #level: VlogLevel = "WARN";
  readonly #levels = new Map<string, VlogLevel>();
  #sequence = 0;

  constructor(program: string, write: (line: string) => void = (line) => process.stderr.write(line)) {
    this.#program = program;
    this.#write = write;
  }

  /**
   * Does what one option `-v` says: `PATTERN:DESTINATION:PATTERN`, `FACILITY:…`, or words for a module, a destination and a level; all modules, all destinations and
   * the level for all messages where no word says otherwise. There is no file and no syslog: what is said for them changes nothing.
   * @throws Fatal for words that are none of these
   */
  set(words: string): void {
    const complain = (what: string): Fatal => new Fatal(`processing "${words}": ${what}`);
    const pattern = /^pattern:([^:]*):(.*)$/is.exec(words);
    if (pattern !== null) {
      const [, to, form] = pattern;
      const destination = to!.toLowerCase();
      if (destination !== "any" && !isDestination(destination)) throw complain(`unknown destination "${to}"`);
      if (destination === "console" || destination === "any") this.#pattern = form!;
      return;
    }
    if (/^(pattern|facility)(:|$)/i.test(words)) return;
    let module: string | undefined;
    let destination: Destination | undefined;
    let level: VlogLevel = "DBG";
    for (const word of words.split(/[ ,:\t]+/).filter((w) => w !== "")) {
      const name = word.toLowerCase();
      const upper = word.toUpperCase();
      if (name === "any") continue;
      if ((LEVELS as readonly string[]).includes(upper)) level = upper as VlogLevel;
      else if (isDestination(name)) destination = name;
      else if (MODULES.has(name.replaceAll("-", "_"))) module = name.replaceAll("-", "_");
      else throw complain(`no destination, level, or module "${word}"`);
    }
    if (destination !== undefined && destination !== "console") return;
    if (module !== undefined) this.#levels.set(module, level);
    else {
      this.#level = level;
      this.#levels.clear();
    }
  }

  /** Whether a line of this module and level would be written. */
  shows(module: string, level: VlogLevel): boolean {
    return LEVELS.indexOf(level) <= LEVELS.indexOf(this.#levels.get(module) ?? this.#level);
  }

  /** Writes a line, where its level is asked for. */
  log(module: string, level: VlogLevel, text: string): void {
    if (this.shows(module, level)) this.#write(`${this.#line(module, level, text.replace(/\n$/, ""))}\n`);
  }

  /** The log that a connection is given. */
  of(module: string): Log {
    return (level, text) => this.log(module, OF_LOG[level], text);
  }

  #line(module: string, level: VlogLevel, text: string): string {
    const at = new Date();
    this.#sequence++;
    return this.#pattern.replace(/%(-?)(0?)(\d*)(?:([Dd])\{([^}]*)\}|([A-Za-z%]))/g, (whole, left, zero, width, timed, form, plain) => {
      const told = timed !== undefined ? strftime(form, at) : this.#told(plain, module, level, text, at);
      if (told === undefined) return whole;
      const size = Number(width);
      return left === "-" ? told.padEnd(size) : told.padStart(size, zero === "0" ? "0" : " ");
    });
  }

  #told(letter: string, module: string, level: VlogLevel, text: string, at: Date): string | undefined {
    switch (letter) {
      case "A":
        return this.#program;
      case "B":
        return "daemon";
      case "c":
        return module;
      case "D":
      case "d":
        return strftime("%Y-%m-%d %H:%M:%S", at);
      case "E":
        return hostname();
      case "m":
        return text;
      case "N":
        return String(this.#sequence);
      case "n":
        return "\n";
      case "P":
        return String(process.pid);
      case "p":
        return level;
      case "r":
        return String(Math.round(performance.now()));
      case "T":
      case "t":
        return "";
      case "%":
        return "%";
      default:
        return undefined;
    }
  }
}
