import { DecodeError, ERRNO_TEXT, errnoOf } from "../../errors/mod.js";
import { CAPTURE_PORTS, type CapturedEnd, type CaptureProblem, capturedMessages } from "../../vconn/mod.js";
import { choiceOf } from "./choice.js";
import { Fatal } from "./fatal.js";
import { bytesOfFile } from "./input.js";
import { out, structured } from "./output.js";
import type { Run } from "./settings.js";
import { showMessage } from "./show-message.js";
import { strftime } from "./vlog.js";

const OVER = 1;

const textOf = ({ address, port }: CapturedEnd): string => `${address}.${port}`;

/** Prints the OpenFlow messages of a packet capture, pcap or pcapng, with the ends that each went between. Further arguments are the ports of OpenFlow. */
export const ofpParsePcap: Run = async ([name = "", ...given], settings) => {
  const { verbosity, timestamp, filter, connection } = settings;
  const { log } = connection;
  const choice = await choiceOf(settings);
  let file: Uint8Array;
  try {
    file = await bytesOfFile(name);
  } catch (e) {
    const reason = ERRNO_TEXT[errnoOf(e, "EIO")];
    log.log("pcap", "WARN", `${name}: failed to open pcap file for reading (${reason})`);
    throw new Fatal(`${name}: open failed (${reason})`);
  }
  const ports = given.length === 0 ? CAPTURE_PORTS : given.map((port) => Number.parseInt(port, 10) || 0);
  let first = true;
  let unreadable = false;
  const onProblem = ({ kind, text }: CaptureProblem): void => {
    log.log("pcap", "WARN", `${name}: ${text}`);
    unreadable ||= kind === "link-type";
  };
  try {
    for (const { time, from, to, bytes } of capturedMessages(file, { ports, inOrder: true, onProblem })) {
      const at = timestamp ? strftime("%H:%M:%S.### ", new Date(time)) : "";
      const head = (): void => out(`${first ? "" : "\n"}${at}${textOf(from)} > ${textOf(to)}:\n`);
      if (!structured() && filter === undefined) head();
      showMessage(bytes, { verbosity: verbosity + OVER, log: log.note }, choice);
      first = false;
    }
  } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    const reason = file.length === 0 ? "End of file" : ERRNO_TEXT.EPROTO;
    log.log("pcap", "WARN", `failed to read pcap header: ${file.length === 0 ? reason : e.message}`);
    throw new Fatal(`${name}: open failed (${reason})`);
  }
  // Open vSwitch opens no capture of a link type that it does not know.
  if (unreadable && first) throw new Fatal(`${name}: open failed (${ERRNO_TEXT.EPROTO})`);
};
