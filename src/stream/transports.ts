import { checkOptions, errnoError, type OptionTable, SouthboundError } from "../errors/mod.js";
import { parseFile, parseHostPort, parsePortHost } from "./address.js";
import { dl } from "./dl.js";
import { inetName } from "./socket-stream.js";
import type { Target } from "./target.js";
import { tcp } from "./tcp.js";
import { tls } from "./tls.js";
import type { Transport, TransportOf } from "./transport.js";
import { unix } from "./unix.js";

const active = new Map<string, Transport>([
  [tcp.name, tcp],
  [unix.name, unix],
  [tls.name, tls],
  [tls.alias, tls],
  [dl.name, dl],
]);
const passive = new Map<string, Transport>([
  [tcp.passive, tcp],
  [unix.passive, unix],
  [tls.passive, tls],
]);

/**
 * Makes a transport known to {@link parseActive}, {@link parsePassive}, `connect` and `listen`, in this thread.
 * @returns a function that takes it back
 * @throws SouthboundError `ERR_USAGE` when one of its classes is taken, is no lower-case word, or has no `listen`
 */
export function registerTransport(transport: Transport): () => void {
  const classes = [transport.name, transport.passive, transport.alias].filter((c) => c !== undefined);
  for (const c of classes) {
    if (!/^[a-z][a-z0-9+-]*$/.test(c))
      throw new SouthboundError("ERR_USAGE", `"${c}" is no class of names: use lower-case letters and digits`);
    if (active.has(c) || passive.has(c)) throw new SouthboundError("ERR_USAGE", `the class "${c}" is registered already`);
  }
  if (transport.passive !== undefined && transport.listen === undefined)
    throw new SouthboundError("ERR_USAGE", `the transport "${transport.name}" has a passive class, but no listen()`);
  active.set(transport.name, transport);
  if (transport.alias !== undefined) active.set(transport.alias, transport);
  if (transport.passive !== undefined) passive.set(transport.passive, transport);
  return () => {
    for (const c of classes) if (active.get(c) === transport) active.delete(c);
    if (transport.passive !== undefined && passive.get(transport.passive) === transport) passive.delete(transport.passive);
  };
}

/** Classes of other rooms, and what makes them known. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map(
  ["memif", "pmemif"].map((c) => [c, 'import { registerMemif } from "southbound/memif" and call registerMemif() first']),
);

function split(name: string, known: Map<string, Transport>, verb: string): { transport: Transport; rest: string } {
  const colon = name.indexOf(":");
  const transport = colon < 0 ? undefined : known.get(name.slice(0, colon));
  if (transport !== undefined) return { transport, rest: name.slice(colon + 1) };
  const remedy = ELSEWHERE.get(name.slice(0, Math.max(colon, 0)));
  if (remedy !== undefined && !active.has(name.slice(0, colon)) && !passive.has(name.slice(0, colon)))
    throw errnoError("EAFNOSUPPORT", `"${name}": ${remedy}`);
  const classes = [...known.keys()].map((c) => `${c}:`).join(", ");
  throw errnoError("EAFNOSUPPORT", `"${name}" is no name to ${verb}: it has to begin with one of ${classes}`);
}

/**
 * Reads the name of a place to connect to: `tcp:HOST[:PORT]`, `ssl:HOST[:PORT]`, `unix:FILE`, `dl:FILE[?worker][?keep]`, or one of a registered transport.
 *
 * PORT defaults to 6653. An IPv6 HOST stands in brackets, or bare when no port follows. A relative FILE is in `$OVS_RUNDIR`, or in /var/run/openvswitch
 * when that is unset; that of `dl:` is in the working directory when it begins with `./` or `../`. This takes all that Open vSwitch's vconn names take, and the default port behind bare IPv6 addresses besides.
 * @throws SouthboundError `EAFNOSUPPORT`, with what is wrong; `EINVAL` for a NUL in FILE
 */
export function parseActive(name: string): Target {
  const { transport, rest } = split(name, active, "connect to");
  const base = { transport: transport.name, passive: false };
  switch (transport.syntax) {
    case "inet": {
      const { host, port } = parseHostPort(name, rest);
      return { ...base, syntax: "inet", name: inetName(transport.name, host, port), host, port };
    }
    case "file": {
      const file = parseFile(name, rest);
      return { ...base, syntax: "file", name: `${transport.name}:${file}`, file };
    }
    case "other": {
      const argument = transport.complete?.(rest) ?? rest;
      return { ...base, syntax: "other", name: `${transport.name}:${argument}`, argument };
    }
  }
}

/**
 * Reads the name of a place to listen at: `ptcp:[PORT][:HOST]`, `punix:FILE`, or one of a registered transport. Port 0 lets the kernel choose; HOST
 * defaults to 0.0.0.0. The rest is as for {@link parseActive}.
 * @throws SouthboundError `EAFNOSUPPORT`, with what is wrong; `EINVAL` for a NUL in FILE
 */
export function parsePassive(name: string): Target {
  const { transport, rest } = split(name, passive, "listen at");
  const base = { transport: transport.name, passive: true };
  const kind = transport.passive!;
  switch (transport.syntax) {
    case "inet": {
      const { host, port } = parsePortHost(name, rest);
      return { ...base, syntax: "inet", name: passiveInetName(kind, host, port), host, port };
    }
    case "file": {
      const file = parseFile(name, rest);
      return { ...base, syntax: "file", name: `${kind}:${file}`, file };
    }
    case "other": {
      const argument = transport.complete?.(rest) ?? rest;
      return { ...base, syntax: "other", name: `${kind}:${argument}`, argument };
    }
  }
}

/**
 * Whether `name` begins with a class that is known here, as Open vSwitch's `vconn_verify_name` and `pvconn_verify_name` ask. What stands behind the colon is not looked at.
 * @param forListening - whether it is to be a name to listen at
 * @returns null, or `EAFNOSUPPORT` with the classes there are
 */
export function verifyName(name: string, forListening = false): SouthboundError | null {
  try {
    split(name, forListening ? passive : active, forListening ? "listen at" : "connect to");
    return null;
  } catch (e) {
    if (SouthboundError.is(e)) return e;
    throw e;
  }
}

/** The parts of {@link targetUsage}. */
export interface UsageOptions {
  /** Names to connect to. */
  readonly active?: boolean | undefined;
  /** Names to listen at. */
  readonly passive?: boolean | undefined;
  /** The options of TLS; default true. */
  readonly pki?: boolean | undefined;
  /** The option to bootstrap a CA certificate, among those of TLS. */
  readonly bootstrap?: boolean | undefined;
}

/** What {@link UsageOptions} has, for its check. */
export const USAGE_OPTIONS: OptionTable<UsageOptions> = { active: "boolean", passive: "boolean", pki: "boolean", bootstrap: "boolean" };

/** The part of a `--help` that lists the kinds of names and the options of TLS, in the lines that users of Open vSwitch's programs know. Ends with a line feed. */
export function targetUsage(options: UsageOptions): string {
  checkOptions("targetUsage", options, USAGE_OPTIONS);
  const line = (kind: string, [form, text]: readonly string[]): string => `  ${`${kind}:${form}`.padEnd(24)}${text}`;
  const lines: string[] = [];
  if (options.active) {
    lines.push("Active OpenFlow connection methods:");
    for (const [kind, t] of inOrder(active)) if (kind === t.name && t.help !== undefined) lines.push(line(kind, t.help.active));
  }
  if (options.passive) {
    lines.push("Passive OpenFlow connection methods:");
    for (const [kind, t] of inOrder(passive)) if (t.help?.passive !== undefined) lines.push(line(kind, t.help.passive));
  }
  const { pki = true, bootstrap = false } = options;
  if (pki)
    lines.push(
      "PKI configuration (required to use SSL):",
      "  -p, --private-key=FILE  file with private key",
      "  -c, --certificate=FILE  file with certificate for private key",
      "  -C, --ca-cert=FILE      file with peer CA certificate",
    );
  if (pki && bootstrap) lines.push("  --bootstrap-ca-cert=FILE  file with peer CA certificate to read or create");
  return `${lines.join("\n")}\n`;
}

/** Open vSwitch's order: tcp, ssl, unix, then what was registered. */
function inOrder(known: Map<string, Transport>): [string, Transport][] {
  const rank = (t: Transport): number => ([tcp, tls, unix] as readonly Transport[]).indexOf(t) + 1 || 4;
  return [...known].sort(([, a], [, b]) => rank(a) - rank(b));
}

function passiveInetName(kind: string, host: string, port: number): string {
  return `${kind}:${port}:${host.includes(":") ? `[${host}]` : host}`;
}

/** The transport of a target. Throws SouthboundError `ERR_USAGE` when the target is for the other purpose, `EAFNOSUPPORT` when it is gone. */
export function transportOf(target: Target, forListening: boolean): TransportOf<Target> {
  if (target.passive !== forListening) {
    const right = forListening
      ? "listen() takes passive names, such as ptcp:6653"
      : "connect() takes active names, such as tcp:127.0.0.1:6653";
    throw new SouthboundError("ERR_USAGE", `${target.name}: ${right}`);
  }
  const transport = active.get(target.transport);
  if (transport === undefined) throw errnoError("EAFNOSUPPORT", `${target.name}: the transport is registered no more`);
  return transport as TransportOf<Target>;
}
