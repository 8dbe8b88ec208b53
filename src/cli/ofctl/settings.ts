import { plainDump, type SortKey } from "../../ofp/syntax/mod.js";
import type { Version } from "../../schema/mod.js";
import type { TlsOptions } from "../../stream/mod.js";
import { Fatal } from "./fatal.js";
import { standardInput } from "./input.js";
import { type Format, write } from "./output.js";
import type { User } from "./user.js";
import type { Vlog } from "./vlog.js";

/** What the options say of connections. */
export interface Connection {
  /** The versions that are offered. */
  readonly versions: readonly Version[];
  /** The log, on standard error. */
  readonly log: Vlog;
  /** The identity of this end over TLS, and the certificates that it trusts, as they were given. */
  readonly tls: TlsOptions;
}

/** What the options say of running in the background. */
export interface DaemonSettings {
  readonly detach: boolean;
  /** Whether another process starts this one again when it crashes. */
  readonly monitor: boolean;
  /** Whether the daemon leaves the folder that it was started in. */
  readonly chdir: boolean;
  /** The file that holds its process id; empty for the usual name, undefined for none. */
  readonly pidfile: string | undefined;
  /** Whether that is taken over from a process that still runs. */
  readonly overwritePidfile: boolean;
  /** The user that the process is to be one of. */
  readonly user: User | undefined;
}

/** What the options say. */
export interface Settings {
  readonly daemon: DaemonSettings;
  /** The control socket of a monitor; undefined for the usual name. */
  readonly unixctl: string | undefined;
  /** The messages in which a monitor wants packets: a value of `PacketInFormat`; undefined for the best that the switch has. */
  readonly packetInFormat: number | undefined;
  /** Whether flows are printed in colors. */
  readonly color: boolean;
  /** Whether commands that may change something are refused. */
  readonly readOnly: boolean;
  readonly connection: Connection;
  /** The protocols in which flows may be sent: see `Protocol` of the text syntax. */
  readonly flowFormats: number;
  /** Whether to print the time of each message. */
  readonly timestamp: boolean;
  /** How often `--more` was given. */
  readonly verbosity: number;
  /** Whether changes are made in one bundle. */
  readonly bundle: boolean;
  /** Whether mod-group adds a group that is not there. */
  readonly mayCreate: boolean;
  /** Whether replace-flows sends flows again that are there already. */
  readonly readd: boolean;
  /** Whether names of ports and tables are read and printed; undefined where that was not given: they are read, and printed on a terminal. */
  readonly names: boolean | undefined;
  /** Whether dump-flows prints counters. */
  readonly stats: boolean;
  /** By what dump-flows sorts. */
  readonly sort: readonly SortKey[];
  /** Whether flows are changed only where priority and match are the same, and lists of fields are refused for what no table knows. */
  readonly strict: boolean;
  /** Whether `ofp-print -` reads bytes and not hexadecimal digits. */
  readonly raw: boolean;
  /** Whether `compose-packet` writes a capture. */
  readonly pcap: boolean;
  /** How what is printed is written. */
  readonly format: Format;
  /** Whether flows are compared by what they do, and not by their letter as ovs-ofctl does. */
  readonly canonical: boolean;
  /** Whether changes are shown and not made. */
  readonly dryRun: boolean;
  /** Whether an error is followed by what may help: on a terminal, unless given. */
  readonly hints: boolean;
  /** Which flows are printed, as `--filter` has it; all unless given. */
  readonly filter: string | undefined;
  /** Which flows stand out, as `--highlight` has it; none unless given. */
  readonly highlight: string | undefined;
}

/** What holds where no option says otherwise. */
export const DEFAULTS: Omit<Settings, "connection" | "flowFormats"> = {
  timestamp: false,
  verbosity: 0,
  bundle: false,
  mayCreate: false,
  readd: false,
  names: undefined,
  stats: true,
  sort: [],
  strict: false,
  raw: false,
  pcap: false,
  format: "text",
  canonical: false,
  dryRun: false,
  hints: false,
  filter: undefined,
  highlight: undefined,
  color: false,
  readOnly: false,
  packetInFormat: undefined,
  unixctl: undefined,
  daemon: { detach: false, monitor: false, chdir: true, pidfile: undefined, overwritePidfile: false, user: undefined },
};

/** The verbosity at which messages are printed whole, without `--more`. */
export const WHOLE = 2;

/** A command: its arguments and the options. It throws {@link Fatal} for what the user has to change. */
export type Run = (args: readonly string[], settings: Settings) => void | Promise<void>;

export { write };

/** A dump of what would be sent. A line of eight bytes ends without the mark that stands behind the eighth. */
export const dump = (bytes: Uint8Array): string => plainDump(bytes).replace("-\n", "\n");

const HEX = /^(?:[ \t\r\n]*[0-9a-f]{2})*[ \t\r\n]*$/i;

/** The lines of standard input without their comments, but those that hold nothing. A zero byte ends a line. */
export const inputLines = async (): Promise<readonly string[]> =>
  (await standardInput())
    .toString("latin1")
    .split("\n")
    .map((line) => line.split(/[\0#]/, 1)[0]!)
    .filter((line) => /[^ \t]/.test(line));

/** The same, with the lines that hold nothing but a comment or white space printed where they stand. */
export async function* testLines(): AsyncGenerator<string, void, undefined> {
  const lines = (await standardInput()).toString("latin1").split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines) {
    const text = line.split(/[\0#]/, 1)[0]!;
    if (/[^ \t]/.test(text)) yield text;
    else write(`${line}\n`);
  }
}

/** The bytes that pairs of hexadecimal digits stand for, with white space between them or not; undefined for another text. */
export function bytesOfHex(text: string): Uint8Array | undefined {
  return HEX.test(text) ? Uint8Array.from(text.match(/[0-9a-f]{2}/gi) ?? [], (pair) => Number.parseInt(pair, 16)) : undefined;
}

/** The same; another text ends the program. */
export function hexBytes(text: string, complaint: string): Uint8Array {
  const bytes = bytesOfHex(text);
  if (bytes === undefined) throw new Fatal(complaint);
  return bytes;
}

const two = (b: number): string => b.toString(16).padStart(2, "0");

/** The bytes in which two runs of bytes differ, a line each; what only one of them has is `(none)` in the other. */
export function differences(label: string, a: Uint8Array, b: Uint8Array): string {
  let text = "";
  const line = (i: number, from: string, to: string): string => `${label}${String(i).padStart(2)}: ${from} -> ${to}\n`;
  const most = Math.max(a.length, b.length);
  for (let i = 0; i < most; i++) {
    const [from, to] = [a[i], b[i]];
    if (from !== to) text += line(i, from === undefined ? "(none)" : two(from), to === undefined ? "(none)" : two(to));
  }
  return text;
}
