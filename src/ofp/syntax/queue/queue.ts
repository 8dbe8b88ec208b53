import { Chunk } from "../../../bytes/mod.js";
import { checkOptions } from "../../../errors/mod.js";
import { PortNo } from "../../port/port-no.js";
import { ALL_QUEUES, NO_RATE, Queue } from "../../queue/queue.js";
import { QueueStats } from "../../queue/queue-stats.js";
import { inBytes } from "../again.js";
import { type Context, TEXT_OPTIONS, type TextOptions, versionOf } from "../options.js";
import { type Printers, statsBody } from "../printer.js";
import { eachProperty, hasAtLeast, type RawProperty, reduceProperties } from "../properties.js";
import { counter, duration, isPort, portText } from "../words.js";

const BAD_LEN = "OFPBRC_BAD_LEN";
const BAD_PORT = "OFPBAC_BAD_OUT_PORT";

/** A queue: its number, or a word for all. */
export const queueText = (queue: number): string => (queue === ALL_QUEUES ? "ALL" : String(queue));

function rateText(name: string, rate: number): string {
  if (rate <= 1000) return ` ${name}:${Math.floor(rate / 10)}.${rate % 10}%`;
  return rate < NO_RATE ? ` ${name}:(disabled)` : "";
}

/** Queues as `ovs-ofctl queue-get-config` has them: by port and number, a line for each and one before those of a port. */
export function formatQueues(queues: readonly { readonly port: number; readonly queue: Queue }[], o: TextOptions = {}): string {
  checkOptions("formatQueues", o, TEXT_OPTIONS);
  const port16 = (port: number): number => port & 0xffff;
  const sorted = [...queues].sort((a, b) => port16(a.port) - port16(b.port) || a.queue.queueId - b.queue.queueId);
  let text = " ";
  let last = 0;
  for (const { port, queue } of sorted) {
    if (port !== last) {
      last = port;
      text += `port=${portText(port, o)}\n`;
    }
    const { minRate, maxRate } = queue;
    text += `queue ${queue.queueId}:${rateText("min_rate", minRate)}${rateText("max_rate", maxRate)}\n`;
  }
  return text === " " ? "" : text;
}

function requestText(port: number, queue: number, c: Context): string {
  return ` port=${portText(port, c)}${queue === ALL_QUEUES ? "" : ` queue=${queueText(queue)}`}`;
}

/** What is wrong with the port that a list of queues is for. */
const messagePort = (c: Chunk, { version }: Context): string | undefined =>
  version > 1 && !isPort(c.dv.getUint32(8)) ? BAD_PORT : undefined;

/** What is wrong with the queue at `p` before OpenFlow 1.4. */
function queueFault10(c: Chunk, p: number, version: number): string | undefined {
  const header = version < 3 ? 8 : 16;
  const end = c.u8.length;
  if (end - p < header) return BAD_LEN;
  const length = c.dv.getUint16(p + (version < 3 ? 4 : 8));
  if (length < header || length > end - p || length % 8 !== 0) return BAD_LEN;
  for (let q = p + header; q < p + length; ) {
    const size = c.dv.getUint16(q + 2);
    if (size < 8 || size > p + length - q || size % 8 !== 0) return BAD_LEN;
    const type = c.dv.getUint16(q);
    if ((type === 1 || type === 2) && size !== 16) return BAD_LEN;
    q += size;
  }
  return undefined;
}

/** What is wrong with the queue at `p` since OpenFlow 1.4. */
function queueFault14(c: Chunk, p: number): string | undefined {
  const end = c.u8.length;
  if (end - p < 16) return BAD_LEN;
  if (!isPort(c.dv.getUint32(p))) return BAD_PORT;
  const length = c.dv.getUint16(p + 8);
  if (length < 16 || length > end - p || length % 8 !== 0) return BAD_LEN;
  return eachProperty(c, p + 16, p + length, (x) =>
    x.experimenter === 0 && (x.type === 1 || x.type === 2) && !hasAtLeast(x, 2) ? "OFPBPC_BAD_LEN" : undefined,
  );
}

const QUEUE_HOLDER = { header: 16, lengthAt: 8 } as const;

/** A rate in the size that the standard gives it: Open vSwitch takes any that holds the number. */
function rateProperty(c: Chunk, x: RawProperty): Uint8Array | undefined {
  if (x.experimenter !== 0 || (x.type !== 1 && x.type !== 2)) return undefined;
  const [high, low] = c.u8.subarray(x.at, x.at + 2);
  return Uint8Array.of(0, x.type, 0, 8, high!, low!, 0, 0);
}

/** One line of `ovs-ofctl queue-stats`, without its newline. */
export function formatQueueStats(s: QueueStats, o: TextOptions = {}): string {
  checkOptions("formatQueueStats", o, TEXT_OPTIONS);
  let text = `  port ${portText(s.port, o)} queue ${queueText(s.queueId)}: bytes=${counter(s.txBytes)}, pkts=${counter(s.txPackets)}`;
  text += `, errors=${counter(s.txErrors)}, duration=`;
  return text + (versionOf(o) >= 4 && s.durationSec !== 0xffffffff ? duration(s.durationSec, s.durationNsec) : "?");
}

/** The messages about queues. */
export const QUEUE_PRINTERS: Printers<
  | "queue-get-config-request"
  | "queue-get-config-reply"
  | "queue-desc-request"
  | "queue-desc-reply"
  | "queue-stats-request"
  | "queue-stats-reply"
> = {
  "queue-get-config-request": {
    text: (m, c) => requestText(m.port, ALL_QUEUES, c),
    checked: true,
  },
  "queue-get-config-reply": {
    text: (m, c) =>
      formatQueues(
        m.queues.map((queue) => ({ port: m.port, queue })),
        c,
      ),
    items: {
      field: "queues",
      element: Queue,
      at: () => 16,
      diagnose: (chunk, p, c) => messagePort(chunk, c) ?? queueFault10(chunk, p, c.version),
      refuse: (q, c) =>
        messagePort(new Chunk(c.raw()), c) ?? inBytes(Queue, q as Queue, c.version, (chunk) => queueFault10(chunk, 0, c.version)),
    },
  },
  "queue-desc-request": { checked: true, text: (m, c) => requestText(m.port, m.queueId, c) },
  "queue-desc-reply": {
    text: (m, c) =>
      formatQueues(
        m.queues.map((queue) => ({ port: queue.port, queue })),
        c,
      ),
    reduce: (chunk) =>
      reduceProperties(
        chunk,
        16,
        QUEUE_HOLDER,
        (p) => queueFault14(chunk, p),
        (x) => rateProperty(chunk, x),
      ),
    items: {
      field: "queues",
      element: Queue,
      at: statsBody,
      refuse: (q, c) => inBytes(Queue, q as Queue, c.version, (chunk) => queueFault14(chunk, 0)),
      diagnose: queueFault14,
    },
  },
  "queue-stats-request": {
    text: (m, c) => ` port=${portText(c.version === 1 && m.port === PortNo.All ? PortNo.Any : m.port, c)} queue=${queueText(m.queueId)}`,
    checked: true,
  },
  "queue-stats-reply": {
    text(m, c) {
      let text = ` ${m.queues.length} queues\n`;
      if (c.verbosity >= 1) for (const s of m.queues) text += `${formatQueueStats(s, c)}\n`;
      return text;
    },
    checked: true,
    items: { quiet: true, field: "queues", element: QueueStats, at: statsBody },
  },
};
