import { ERRNO_TEXT, errnoOf, SouthboundError } from "../../errors/mod.js";
import { type ComposedPacket, formatPacket, parsePacket } from "../../ofp/syntax/mod.js";
import { classicCaptureWriter } from "../../vconn/mod.js";
import { Exit, Fatal, writeError } from "./fatal.js";
import { standardInput } from "./input.js";
import { MAX_PACKET } from "./parse-pcap.js";
import { dump, hexBytes, type Run, write } from "./settings.js";

/** Prints the flow of an Ethernet packet. */
export const showPacket: Run = async () => {
  let bytes: Uint8Array;
  try {
    bytes = await standardInput();
  } catch (e) {
    throw new Fatal(`failed to read packet from stdin (${ERRNO_TEXT[errnoOf(e, "EIO")]})`);
  }
  write(formatPacket(bytes.subarray(0, MAX_PACKET)));
};

function composed(flow: string, payload: string | undefined): ComposedPacket {
  try {
    return parsePacket(flow, payload === undefined ? undefined : hexBytes(payload, `${payload}: trailing garbage in packet data`));
  } catch (e) {
    if (SouthboundError.is(e) && e.code === "ERR_SYNTAX") throw new Fatal(e.message);
    throw e;
  }
}

/** Prints or writes a packet that has the fields of a flow, and on standard error in what it has others. */
export const composePacket: Run = ([flow = "", payload], { pcap }) => {
  if (pcap && process.stdout.isTTY)
    throw new Fatal(`not writing pcap data to stdout; redirect to a file or pipe to tcpdump instead (${ERRNO_TEXT.EPERM})`);
  const { bytes, differs } = composed(flow, payload);
  if (pcap) {
    process.stdout.write(classicCaptureWriter.header());
    process.stdout.write(classicCaptureWriter.packet(Date.now(), bytes));
  } else write(dump(bytes));
  if (differs === undefined) return;
  writeError(`specified and extracted flows differ:\nspecified: ${differs.specified}\nextracted: ${differs.extracted}`);
  throw new Exit(1);
};
