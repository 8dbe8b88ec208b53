import { createSocket, type Socket } from "node:dgram";
import { isIP } from "node:net";
import { Fatal } from "./fatal.js";

/** Sends datagrams to a place, one behind the other; what cannot be sent is lost, as with syslog at all. */
class Datagrams {
  readonly #host: string;
  readonly #port: number;
  readonly #socket: Socket;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
    this.#socket = createSocket(isIP(host) === 6 ? "udp6" : "udp4");
    this.#socket.on("error", () => {});
    this.#socket.unref();
  }

  send(text: string): void {
    this.#socket.send(Buffer.from(text), this.#port, this.#host, () => {});
  }
}

const SYSLOG_PORT = 514;

/** Datagrams to `HOST:PORT`, or `[HOST]:PORT`; undefined for what is no such place. */
function datagramsTo(place: string): Datagrams | undefined {
  const match = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(place);
  const port = Number(match?.[2] ?? SYSLOG_PORT);
  return match === null || match[1] === "" || port < 1 || port > 65535 ? undefined : new Datagrams(match[1]!, port);
}

/**
 * How lines reach syslog: `udp:IP:PORT`. Node cannot send to `/dev/log` or another unix socket of datagrams, so that what `libc` and `unix:FILE` would send there is lost, as it is
 * with ovs-ofctl where no daemon listens.
 */
export class Syslog {
  /** The prefix of lines, as `vlog/list-pattern` prints it. Open vSwitch syslog-libc.c, syslog-direct.c, syslog-null.c */
  readonly prefix: string;
  readonly #datagrams: Datagrams | undefined;

  /** @throws Fatal for another method */
  constructor(method: string) {
    if (method !== "null" && method !== "libc" && !/^(udp|unix):/.test(method)) throw new Fatal(`unsupported syslog method '${method}'`);
    this.prefix = method === "null" ? "none" : "<%B> %D{%h %e %T} %E %A:";
    this.#datagrams = method.startsWith("udp:") ? datagramsTo(method.slice(4)) : undefined;
  }

  /** Whether anything is sent. */
  get sends(): boolean {
    return this.#datagrams !== undefined;
  }

  /** Sends a line. */
  send(line: string): void {
    this.#datagrams?.send(line);
  }
}

/** The place of `--syslog-target`: a function that sends a line there, or undefined for what is no place. */
export function syslogTarget(place: string): ((line: string) => void) | undefined {
  const datagrams = datagramsTo(place);
  return datagrams === undefined ? undefined : (line) => datagrams.send(line);
}
