import { isIPv4, isIPv6 } from "node:net";
import { join } from "node:path";
import { errnoError, type SouthboundError } from "../errors/mod.js";

/** The port that IANA gave to OpenFlow, and the default of all names. */
export const OPENFLOW_PORT = 6653;

/** The directory that relative socket files are in: `$OVS_RUNDIR`, or where that is unset or empty /var/run/openvswitch. */
export function runDirectory(): string {
  return process.env.OVS_RUNDIR || "/var/run/openvswitch";
}

const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/;

function refuse(name: string, what: string): SouthboundError {
  return errnoError("EAFNOSUPPORT", `${name}: ${what}`);
}

function port(name: string, text: string): number {
  if (text === "") return OPENFLOW_PORT;
  const n = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (n >= 0 && n <= 0xffff) return n;
  throw refuse(name, `bad port number "${text}"`);
}

function host(name: string, text: string): string {
  if (text.includes(":")) {
    if (isIPv6(text)) return text;
  } else if (isIPv4(text) || (HOST_NAME.test(text) && !/^[\d.]+$/.test(text))) return text;
  throw refuse(name, `bad IP address "${text}"`);
}

/** The places of colons outside brackets. */
function colons(text: string): number[] {
  const at: number[] = [];
  let inside = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "[") inside = true;
    else if (c === "]") inside = false;
    else if (c === ":" && !inside) at.push(i);
  }
  return at;
}

function bare(text: string): string {
  return text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
}

/** HOST[:PORT]; two colons outside brackets mean that all of it is an IPv6 address. `name` is for the message of `EAFNOSUPPORT`. */
export function parseHostPort(name: string, text: string): { host: string; port: number } {
  const at = colons(text);
  const cut = at.length === 1 ? at[0]! : text.length;
  const h = bare(text.slice(0, cut));
  if (h === "") throw refuse(name, "host must be specified");
  return { host: host(name, h), port: port(name, bare(text.slice(cut + 1))) };
}

/** [PORT][:HOST], where HOST defaults to 0.0.0.0. A bare IPv6 address may stand alone or behind the port. */
export function parsePortHost(name: string, text: string): { host: string; port: number } {
  const at = colons(text);
  if (at.length === 0 && text.startsWith("[")) return { host: host(name, bare(text)), port: OPENFLOW_PORT };
  if (at.length > 1 && isIPv6(text)) return { host: text, port: OPENFLOW_PORT };
  const cut = at[0] ?? text.length;
  const h = bare(text.slice(cut + 1));
  return { port: port(name, bare(text.slice(0, cut))), host: h === "" ? "0.0.0.0" : host(name, h) };
}

/** FILE, made absolute by {@link runDirectory} and never by the working directory, whether or not it contains a slash. */
export function parseFile(name: string, text: string): string {
  if (text === "") throw refuse(name, "a file must be specified");
  if (text.includes("\0")) throw errnoError("EINVAL", `${JSON.stringify(name)}: a file name has no NUL`);
  return text.startsWith("/") ? text : join(runDirectory(), text);
}
