import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { type Command, Option } from "commander";
import { parseIpv4, parseMac } from "../../../bytes/mod.js";
import type { Interface, MemifMode } from "../../../memif/mod.js";
import { buildUdp } from "../../../packet/mod.js";
import { failure, number, usage, value } from "../exit.js";
import { type EndpointOptions, endpointCommand, packets, withEndpoint } from "./endpoint.js";
import type { Role } from "./role.js";

interface Options extends EndpointOptions {
  readonly rate: number;
  readonly size: number;
  readonly count?: number;
  readonly ethSrc: number;
  readonly ethDst: number;
  readonly ipSrc: number;
  readonly ipDst: number;
}

const SENT_AT_ONCE = 256;
const ETHERNET = 14;
const HEADERS = 42;
/** Port 9 takes everything and does nothing (RFC 863). */
const DISCARD = 9;
/** Milliseconds that the peer has to take what was sent last. */
const DRAIN = 1000;

/** `memif ROLE send`: sends packets at a rate. */
export function sendCommand(role: Role): Command {
  return endpointCommand(role, "send", "Send UDP packets at a rate, until they are sent or Ctrl-C.")
    .option("--rate <n>", "packets per second; 0: as many as the peer takes", number("packets per second", 0, 1e9), 1000)
    .option("--size <bytes>", "bytes of a packet with all its headers", number("bytes", 28, 65_000, true), 64)
    .option("--count <n>", "how many packets (default: no end)", packets)
    .addOption(address("--eth-src <mac>", "source address", parseMac, "02:00:00:00:00:01"))
    .addOption(address("--eth-dst <mac>", "destination address", parseMac, "02:00:00:00:00:02"))
    .addOption(address("--ip-src <ip>", "source address", parseIpv4, "192.0.2.1"))
    .addOption(address("--ip-dst <ip>", "destination address", parseIpv4, "192.0.2.2"))
    .action((options: Options) => send(role, options));
}

/** An option whose preset the help shows as one writes it. */
function address(flags: string, description: string, parse: (text: string) => number, preset: string): Option {
  return new Option(flags, description).argParser(value(parse)).default(parse(preset), preset);
}

function packet(mode: MemifMode, { size, ethSrc, ethDst, ipSrc, ipDst }: Options): Uint8Array {
  const withEthernet = mode === "ip" ? size + ETHERNET : size;
  if (withEthernet < HEADERS) throw usage(`--size ${size} is too short: the headers of an Ethernet frame with UDP take ${HEADERS} bytes`);
  const payload = new Uint8Array(withEthernet - HEADERS);
  const frame = buildUdp({ ethSrc, ethDst, ipv4Src: ipSrc, ipv4Dst: ipDst, udpSrc: DISCARD, udpDst: DISCARD }, payload);
  return mode === "ip" ? frame.subarray(ETHERNET) : frame;
}

async function send(role: Role, options: Options): Promise<void> {
  const one = packet(options.mode, options);
  const batches = Array.from({ length: SENT_AT_ONCE + 1 }, (_, n) => Array.from({ length: n }, () => one));
  const { rate, count = Number.POSITIVE_INFINITY } = options;
  await withEndpoint(role, options, async ({ memif, stop: { signal } }) => {
    try {
      await memif.connected({ signal });
      let begin = performance.now();
      let since = 0;
      let sent = 0;
      for (let queue = 0; sent < count && !signal.aborted; queue++) {
        if (memif.state !== "connected") {
          await memif.connected({ signal });
          begin = performance.now();
          since = 0;
        }
        const queues = memif.tx.length;
        if (queues === 0) throw failure("the client brought no queue to receive from: give it one, as by --queues 1");
        const due = rate === 0 ? SENT_AT_ONCE : Math.ceil(((performance.now() - begin) * rate) / 1000) - since;
        const n = Math.min(SENT_AT_ONCE, due, count - sent);
        if (n <= 0) {
          await sleep(1, undefined, { signal });
          continue;
        }
        const chosen = queue % queues;
        const taken = memif.send(batches[n]!, chosen);
        sent += taken;
        since += taken;
        if (taken < n) await memif.writable(chosen, { signal });
        else await turn();
      }
      await drained(memif, signal);
    } catch (e) {
      if (!signal.aborted) throw e;
    }
  });
}

/** Resolves when the peer has taken everything, or will not. */
async function drained(memif: Interface, signal: AbortSignal): Promise<void> {
  const until = performance.now() + DRAIN;
  while (memif.tx.some(({ free, size }) => free < size) && performance.now() < until) await sleep(1, undefined, { signal });
}
