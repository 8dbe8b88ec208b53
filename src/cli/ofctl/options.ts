import { SouthboundError } from "../../errors/mod.js";
import type { SortKey } from "../../ofp/syntax/mod.js";
import type { Version } from "../../schema/mod.js";
import { logDirectory, versionText } from "../program.js";
import { DEFAULT_PROTOCOLS, limitTime, readProtocols, readTimeout } from "./connection-options.js";
import { Exit, Fatal, HelpAsked, NAME } from "./fatal.js";
import { flowFormatsOf, readFormats, versionsWithBundles } from "./flow-formats.js";
import { OptionReader, type OptionRow } from "./getopt.js";
import { FORMATS } from "./output.js";
import { type DaemonSettings, DEFAULTS, type Settings, write } from "./settings.js";
import type { Vlog } from "./vlog.js";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What was given so far. */
interface State extends Mutable<Omit<Settings, "connection" | "daemon">> {
  daemon: Mutable<DaemonSettings>;
  protocols: readonly Version[];
  formats: string;
  timeout: number | undefined;
  readonly tls: { privateKey?: string; certificate?: string; caCert?: string; protocols?: string; ciphers?: string };
  readonly log: Vlog;
}

/** An option, and what it does. */
interface Row extends OptionRow {
  readonly does: (state: State, value: string) => void | Promise<void>;
  /** ovs-ofctl does not have it. */
  readonly own?: true;
}

/** An option of which nothing is asked here: it is taken and changes nothing. */
const nothing = (): void => {};

/** An option that says one thing. */
const setting =
  <K extends keyof State>(key: K, value: State[K]): Row["does"] =>
  (state) => {
    state[key] = value;
  };

/** An option whose value is read. */
const reading =
  <K extends keyof State>(key: K, read: (value: string) => State[K]): Row["does"] =>
  (state, value) => {
    state[key] = read(value);
  };

const daemon =
  <K extends keyof DaemonSettings>(key: K, value: DaemonSettings[K]): Row["does"] =>
  (state) => {
    state.daemon[key] = value;
  };

const tls =
  (key: keyof State["tls"]): Row["does"] =>
  (state, value) => {
    state.tls[key] = value;
  };

function sayMore(state: State): void {
  state.verbosity++;
}

function setPidfile(state: State, value: string): void {
  state.daemon.pidfile = value;
}

async function setUser(state: State, value: string): Promise<void> {
  state.daemon.user = (await import("./user.js")).readUser(value);
}

function setVerbose({ log }: State, value: string): void {
  if (value === "") log.setLevel(undefined, undefined, "DBG");
  else log.set(value);
}

async function addSortKey({ sort }: State, field: string, descending: boolean): Promise<void> {
  const key: SortKey = { by: field === "" ? "priority" : field, descending };
  const { checkSortKeys } = await import("../../ofp/syntax/mod.js");
  try {
    checkSortKeys([key]);
  } catch (e) {
    throw SouthboundError.is(e) ? new Fatal(e.message) : e;
  }
  (sort as SortKey[]).push(key);
}

function readColor(word: string): boolean {
  const wanted = word.toLowerCase();
  if (["always", "yes", "force"].includes(wanted)) return true;
  if (["never", "no", "none"].includes(wanted)) return false;
  if (["", "auto", "tty", "if-tty"].includes(wanted)) return process.stdout.isTTY === true;
  throw new Fatal(`incorrect value \`${word}' for --color`);
}

const PACKET_IN_FORMATS: Readonly<Record<string, number>> = {
  standard: 0,
  openflow10: 0,
  nxt_packet_in: 1,
  nxm: 1,
  nxt_packet_in2: 2,
};

function readPacketInFormat(word: string): number {
  const name = word.toLowerCase();
  if (!Object.hasOwn(PACKET_IN_FORMATS, name)) throw new Fatal(`unknown packet-in format \`${word}'`);
  return PACKET_IN_FORMATS[name]!;
}

function readForm(state: State, form: string): void {
  const found = FORMATS.find((format) => format === form);
  if (found === undefined) throw new Fatal(`--format takes ${FORMATS.join(", ")}, not '${form}'`);
  state.format = found;
}

/** Logs to a file. One that was named ends the program where it cannot be opened. */
function openLog({ log }: State, file: string): void {
  const fault = log.openFile(file === "" ? `${logDirectory()}/${NAME}.log` : file);
  if (fault !== undefined && file !== "") throw new Exit(1);
}

function printAndEnd(text: string): never {
  write(text);
  throw new Exit(0);
}

function askForHelp(): never {
  throw new HelpAsked();
}

/** All options, those of ovs-ofctl in its order. */
export const OPTIONS: readonly Row[] = [
  { name: "timeout", letter: "t", value: "required", does: reading("timeout", readTimeout) },
  { name: "strict", does: setting("strict", true) },
  { name: "readd", does: setting("readd", true) },
  {
    name: "flow-format",
    letter: "F",
    value: "required",
    does: reading("formats", (list) => {
      readFormats(list);
      return list;
    }),
  },
  { name: "packet-in-format", letter: "P", value: "required", does: reading("packetInFormat", readPacketInFormat) },
  { name: "more", letter: "m", does: sayMore },
  { name: "timestamp", does: setting("timestamp", true) },
  { name: "sort", value: "optional", does: (s, v) => addSortKey(s, v, false) },
  { name: "rsort", value: "optional", does: (s, v) => addSortKey(s, v, true) },
  { name: "names", does: setting("names", true) },
  { name: "no-names", does: setting("names", false) },
  { name: "stats", does: setting("stats", true) },
  { name: "no-stats", does: setting("stats", false) },
  { name: "unixctl", value: "required", does: reading("unixctl", String) },
  { name: "help", letter: "h", does: askForHelp },
  { name: "option", letter: "o", does: () => printAndEnd(optionList()) },
  { name: "bundle", does: setting("bundle", true) },
  { name: "color", value: "optional", does: reading("color", readColor) },
  { name: "may-create", does: setting("mayCreate", true) },
  { name: "pcap", does: setting("pcap", true) },
  { name: "raw", does: setting("raw", true) },
  { name: "read-only", does: setting("readOnly", true) },
  { name: "detach", does: daemon("detach", true) },
  { name: "no-self-confinement", does: nothing },
  { name: "no-chdir", does: daemon("chdir", false) },
  { name: "pidfile", value: "optional", does: setPidfile },
  { name: "overwrite-pidfile", does: daemon("overwritePidfile", true) },
  { name: "monitor", does: daemon("monitor", true) },
  { name: "user", value: "required", does: setUser },
  { name: "version", letter: "V", does: () => printAndEnd(versionText()) },
  { name: "protocols", letter: "O", value: "required", does: reading("protocols", readProtocols) },
  {
    name: "verbose",
    letter: "v",
    value: "optional",
    does: setVerbose,
  },
  { name: "log-file", value: "optional", does: openLog },
  { name: "syslog-method", value: "required", does: (s, v) => s.log.setSyslogMethod(v) },
  { name: "syslog-target", value: "required", does: (s, v) => s.log.setSyslogTarget(v) },
  { name: "private-key", letter: "p", value: "required", does: tls("privateKey") },
  { name: "certificate", letter: "c", value: "required", does: tls("certificate") },
  { name: "ca-cert", letter: "C", value: "required", does: tls("caCert") },
  { name: "ssl-protocols", value: "required", does: tls("protocols") },
  { name: "ssl-ciphers", value: "required", does: tls("ciphers") },
  { name: "format", value: "required", own: true, does: readForm },
  { name: "canonical", own: true, does: setting("canonical", true) },
  { name: "exact", own: true, does: setting("canonical", false) },
  { name: "dry-run", own: true, does: setting("dryRun", true) },
  { name: "hints", own: true, does: setting("hints", true) },
  { name: "filter", value: "required", own: true, does: reading("filter", String) },
  { name: "highlight", value: "required", own: true, does: reading("highlight", String) },
];

/** What `--option` prints: the options of ovs-ofctl, for whoever completes its command lines. */
function optionList(): string {
  const line = ({ name, letter, value }: Row): string => {
    const word = value === "required" ? "ARG" : "[ARG]";
    return `--${name}${value === undefined ? "" : `=${word}`}\n${letter === undefined ? "" : `-${letter} ${value === undefined ? "" : word}\n`}`;
  };
  return OPTIONS.filter(({ own }) => own !== true)
    .map(line)
    .join("");
}

/** What a command line comes to. */
export interface CommandLine {
  /** The command and its arguments. */
  readonly words: readonly string[];
  readonly settings: Settings;
}

/**
 * Reads the options of a command line, each of which takes effect before the next one is looked at. The time limit begins here.
 * @throws Fatal for what the user has to change, {@link Exit} for an option that ends the program
 */
export async function readOptions(words: readonly string[], log: Vlog): Promise<CommandLine> {
  const state: State = {
    ...DEFAULTS,
    sort: [],
    daemon: { ...DEFAULTS.daemon },
    flowFormats: 0,
    protocols: DEFAULT_PROTOCOLS,
    formats: "any",
    timeout: undefined,
    tls: {},
    log,
  };
  const reader = new OptionReader(words, OPTIONS);
  for (const { option, value = "" } of reader.given()) await option.does(state, value);
  // flows that are the same by all keys are in the order of their priorities, the highest first
  if (state.sort.length > 0) (state.sort as SortKey[]).push({ by: "priority", descending: true });
  const { protocols, formats, timeout, tls, log: _, ...settings } = state;
  limitTime(timeout, log);
  const { OVS_SYSLOG_METHOD } = process.env;
  if (OVS_SYSLOG_METHOD !== undefined && OVS_SYSLOG_METHOD !== "") log.setSyslogMethod(OVS_SYSLOG_METHOD);
  const versions = settings.bundle ? versionsWithBundles(protocols) : protocols;
  const flowFormats = flowFormatsOf(formats, versions);
  return { words: reader.rest, settings: { ...settings, flowFormats, connection: { versions, log, tls } } };
}
