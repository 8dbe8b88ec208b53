import { Option } from "commander";
import type { Version } from "../../schema/mod.js";
import { Fatal } from "./fatal.js";
import type { Connection } from "./settings.js";
import type { Vlog } from "./vlog.js";

/** What was given for the options of connections. */
export interface ConnectionWords {
  readonly protocols: readonly Version[];
  readonly privateKey?: string;
  readonly certificate?: string;
  readonly caCert?: string;
  readonly sslProtocols?: string;
  readonly sslCiphers?: string;
  readonly timeout?: number;
}

const PROTOCOLS: Readonly<Record<string, Version>> = {
  openflow10: 1,
  openflow11: 2,
  openflow12: 3,
  openflow13: 4,
  openflow14: 5,
  openflow15: 6,
};

/** A list of versions, divided by commas or blanks. */
function readProtocols(list: string): readonly Version[] {
  const words = list.split(/[ ,\t]+/).filter((word) => word !== "");
  const versions = words.map((word) => {
    const name = word.toLowerCase();
    const version = Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : undefined;
    if (version === undefined) throw new Fatal(`Unknown OpenFlow version: "${word}"`);
    return version;
  });
  return versions.length === 0 ? DEFAULT_PROTOCOLS : versions;
}

const DEFAULT_PROTOCOLS: readonly Version[] = [1];

/** The longest time that a timer of Node can take, in seconds. */
const LONGEST = Math.floor(0x7fffffff / 1000);

function seconds(text: string): number | undefined {
  const n = /^\s*\+?\d+$/.test(text) ? Number(text) : 0;
  return n >= 1 && n <= 0xffffffff ? n : undefined;
}

function readTimeout(text: string): number {
  const n = seconds(text);
  if (n === undefined) throw new Fatal(`value ${text} on -t or --timeout is invalid`);
  return n;
}

/** The options of connections, in the words of ovs-ofctl. */
export function connectionOptions(): Option[] {
  return [
    new Option("-O, --protocols <list>", "the versions to offer, OpenFlow10 to OpenFlow15, divided by commas")
      .argParser(readProtocols)
      .default(DEFAULT_PROTOCOLS, "OpenFlow10"),
    new Option("-p, --private-key <file>", "the private key for ssl:, in PEM"),
    new Option("-c, --certificate <file>", "the certificate for ssl:, in PEM"),
    new Option("-C, --ca-cert <file>", "the certificate of the authority that the peer's is checked with; none: it is not checked"),
    new Option("--ssl-protocols <list>", "the versions of TLS that are allowed: such as TLSv1.2+ or TLSv1.2,TLSv1.3"),
    new Option("--ssl-ciphers <list>", "the ciphers that are allowed, in the words of OpenSSL"),
    new Option("-t, --timeout <seconds>", "end with SIGALRM after so long a time (default: OVS_CTL_TIMEOUT, or never)").argParser(
      readTimeout,
    ),
    new Option("-v, --verbose [spec]", "what is logged: [MODULE:][DESTINATION:]LEVEL, or PATTERN:DESTINATION:FORM"),
  ];
}

/** Does what the options of the log say, which may be given many times, and answers the words without them. */
export function verboseWords(words: readonly string[], log: Vlog): string[] {
  const end = words.indexOf("--");
  return words.filter((word, i) => {
    if (end >= 0 && i > end) return true;
    const spec = /^(?:-v|--verbose(?:=|$))(.*)$/s.exec(word);
    if (spec !== null) log.set(spec[1]!);
    return spec === null;
  });
}

const SIGALRM = 14;

/** Ends the process by SIGALRM when the time is up that an option or the environment gives it. */
export function setTimeLimit({ timeout }: ConnectionWords, log: Vlog): void {
  const limit = timeout ?? seconds(process.env.OVS_CTL_TIMEOUT ?? "");
  if (limit === undefined || limit > LONGEST) return;
  const timer = setTimeout(() => {
    log.log("fatal_signal", "WARN", `terminating with signal ${SIGALRM} (Alarm clock)`);
    process.kill(process.pid, "SIGALRM");
  }, limit * 1000);
  timer.unref();
}

/** What the options of connections come to. */
export function connectionOf(words: ConnectionWords, log: Vlog): Connection {
  const { protocols, privateKey, certificate, caCert, sslProtocols, sslCiphers } = words;
  return { versions: protocols, log, tls: { privateKey, certificate, caCert, protocols: sslProtocols, ciphers: sslCiphers } };
}
