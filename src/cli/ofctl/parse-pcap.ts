import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { viewOf } from "../../bytes/mod.js";
import { DecodeError, ERRNO_TEXT, type Errno, errnoOf } from "../../errors/mod.js";
import { formatFlowOfPacket } from "../../ofp/syntax/mod.js";
import { type CapturedPacket, LINKTYPE_ETHERNET, LINKTYPE_LINUX_SLL, readCapture } from "../../vconn/mod.js";
import { complain, Exit } from "./fatal.js";
import { type Run, write } from "./settings.js";
import type { Vlog } from "./vlog.js";

/** Why a capture is not read on: an errno, or its end in the middle of a packet. */
type Fault = Errno | "EOF";

const textOf = (fault: Fault): string => (fault === "EOF" ? "End of file" : ERRNO_TEXT[fault]);
/** The exit status for a fault: the number of the errno, and 255 for the end of a file. */
const statusOf = (fault: Fault): number => (fault === "EOF" ? 255 : ((constants.errno as Readonly<Record<string, number>>)[fault] ?? 1));

/** The packets of captures that Open vSwitch reads have no more bytes. */
export const MAX_PACKET = 0xffff;
const SLL_LENGTH = 16;
const ETHERNET_LENGTH = 14;
const MAC_LENGTH = 6;

/** The Ethernet frame of a captured packet, or why there is none. The header of a "cooked" packet has no destination address: it is 0. */
function frameOf({ linkType, bytes }: CapturedPacket, log: Vlog): Uint8Array | Fault {
  if (bytes.length > MAX_PACKET) {
    log.log("pcap", "WARN", `bad packet length ${bytes.length} reading pcap file`);
    return "EPROTO";
  }
  if (bytes.length === 0) {
    log.log("pcap", "WARN", "failed to read pcap packet: End of file");
    return "EOF";
  }
  if (linkType !== LINKTYPE_LINUX_SLL) return bytes;
  if (bytes.length < SLL_LENGTH || viewOf(bytes).getUint16(4) !== MAC_LENGTH) {
    log.log("pcap", "WARN", bytes.length < SLL_LENGTH ? "pcap packet too short for SLL header" : "bad SLL header");
    return "EPROTO";
  }
  const frame = new Uint8Array(bytes.length - SLL_LENGTH + ETHERNET_LENGTH);
  frame.set(bytes.subarray(6, 12), 6);
  frame.set(bytes.subarray(14), 12);
  return frame;
}

/** Prints the flows of a capture. @returns why it was not read to its end; undefined where it was */
function showCapture(name: string, log: Vlog): Fault | undefined {
  const openFailed = (fault: Fault): Fault => {
    complain(`${name}: open failed (${textOf(fault)})`);
    return fault;
  };
  const readFailed = (fault: Fault): Fault => {
    complain(`${name}: read failed (${textOf(fault)})`);
    return fault;
  };
  let file: Uint8Array;
  try {
    file = readFileSync(name);
  } catch (e) {
    const fault = errnoOf(e, "EIO");
    log.log("pcap", "WARN", `${name}: failed to open pcap file for reading (${ERRNO_TEXT[fault]})`);
    return openFailed(fault);
  }
  if (file.length === 0) {
    log.log("pcap", "WARN", "failed to read pcap header: End of file");
    return openFailed("EOF");
  }
  let cut = false;
  let opened = false;
  try {
    for (const packet of readCapture(file, () => {
      cut = true;
    })) {
      opened = true;
      const { linkType } = packet;
      if (linkType !== LINKTYPE_ETHERNET && linkType !== LINKTYPE_LINUX_SLL) {
        log.log("pcap", "WARN", `unknown network type ${linkType} reading pcap file`);
        return openFailed("EPROTO");
      }
      const frame = frameOf(packet, log);
      if (typeof frame === "string") return readFailed(frame);
      write(`${formatFlowOfPacket(frame)}\n`);
    }
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    log.log("pcap", "WARN", e.message);
    return opened ? readFailed("EPROTO") : openFailed(file.length < 24 ? "EOF" : "EPROTO");
  }
  return cut ? readFailed("EOF") : undefined;
}

/** Prints the flow of each packet of captures, pcap or pcapng. */
export const parsePcap: Run = (names, { connection: { log } }) => {
  let status = 0;
  for (const name of names) {
    const fault = showCapture(name, log);
    if (fault !== undefined) status = statusOf(fault);
  }
  if (status !== 0) throw new Exit(status);
};
