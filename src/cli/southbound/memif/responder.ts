import type { Command } from "commander";
import { formatIpv4, parseIpv4, parseMac } from "../../../bytes/mod.js";
import { DecodeError, SouthboundError } from "../../../errors/mod.js";
import type { Burst } from "../../../memif/mod.js";
import { type Answerer, replyToFrame, replyToIpv4 } from "../../../packet/mod.js";
import { usage, value } from "../exit.js";
import { stopped } from "../signals.js";
import { type EndpointOptions, endpointCommand, withEndpoint } from "./endpoint.js";
import type { Role } from "./role.js";

interface Options extends EndpointOptions {
  readonly address: { readonly ip: number; readonly prefix: number };
  readonly mac?: number;
}

/** The Ethernet address unless one is given: a locally administered one that ends with the IPv4 address. */
const MAC = 0x02fe_0000_0000;

function address(text: string): Options["address"] {
  const [ip = "", length = "32", more] = text.split("/");
  if (more !== undefined || !/^\d{1,2}$/.test(length) || Number(length) > 32)
    throw new SouthboundError("ERR_USAGE", `"${text}" is no address: write one as 192.0.2.1/24`);
  return { ip: parseIpv4(ip), prefix: length === "32" ? 0 : Number(length) };
}

/** `memif ROLE responder`: answers ARP and ICMP for one address. */
export function responderCommand(role: Role): Command {
  return endpointCommand(role, "responder", "Answer ARP requests and pings for an IPv4 address, until Ctrl-C.")
    .requiredOption("--address <a/len>", "the IPv4 address, with the length of its network", value(address))
    .option("--mac <mac>", "the Ethernet address (default: 02:fe and the IPv4 address)", value(parseMac))
    .action((options: Options) => respond(role, options));
}

async function respond(role: Role, options: Options): Promise<void> {
  const { ip, prefix } = options.address;
  const who: Answerer = { ip, prefix, mac: options.mac ?? MAC + ip };
  const { mode } = options;
  if (mode === "punt") throw usage(`--mode punt has no addresses: ${formatIpv4(ip)} is answered for in the modes ethernet and ip`);
  const answer = (burst: Burst, i: number): Uint8Array | undefined => {
    try {
      if (mode === "ip") return replyToIpv4(burst.chunk(i), burst.start(i), burst.end(i), ip);
      return replyToFrame(burst.chunk(i), burst.start(i), burst.end(i), who);
    } catch (e) {
      if (e instanceof DecodeError) return undefined;
      throw e;
    }
  };
  await withEndpoint(role, options, async ({ memif, stop }) => {
    memif.receive((burst) => {
      const replies: Uint8Array[] = [];
      for (let i = 0; i < burst.count; i++) {
        const reply = answer(burst, i);
        if (reply !== undefined) replies.push(reply);
      }
      // What finds no room is lost, as on any link, and all is where the client brought no queue to receive from.
      const queues = memif.tx.length;
      if (replies.length > 0 && queues > 0) memif.send(replies, burst.queue % queues);
    });
    await stopped(stop.signal);
  });
}
