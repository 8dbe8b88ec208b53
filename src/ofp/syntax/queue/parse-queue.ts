import { checkOptions, type OptionTable } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import { PortNo } from "../../port/port-no.js";
import { ALL_QUEUES, QueueGetConfigRequest } from "../../queue/queue.js";
import { QueueDescRequest, QueueStatsRequest } from "../../queue/queue-stats.js";
import { readLoose } from "../parse/c-number.js";
import type { SyntaxOptions } from "../parse/options.js";
import { SYNTAX_OPTIONS } from "../parse/options.js";
import { parsePort, portOrAny } from "../port/parse-port.js";

const isAll = (text: string | undefined): boolean => text === undefined || text.toLowerCase() === "all";

/** A queue's number, or all queues for a missing one and for `all`. What is no number is 0, as in Open vSwitch. */
const queueOrAll = (text: string | undefined): number => (isAll(text) || text === "" ? ALL_QUEUES : readLoose(text!, 32));

/**
 * The request for the counters of queues from the arguments of `ovs-ofctl queue-stats SWITCH [PORT [QUEUE]]`; a missing or empty one, or `all`, stands for all.
 * @throws SyntaxFault `ERR_SYNTAX` for a text that is no port
 */
export const parseQueueStatsRequest = (port?: string, queue?: string, o: SyntaxOptions = {}): QueueStatsRequest => {
  checkOptions("parseQueueStatsRequest", o, SYNTAX_OPTIONS);
  return QueueStatsRequest.of({ port: portOrAny(port, o), queueId: queueOrAll(queue) });
};

/** How the arguments of a request for queues are read. */
export interface QueueSyntaxOptions extends SyntaxOptions {
  /** 4 (OpenFlow 1.3) unless given. Before 1.4 the request has no queue, and OpenFlow 1.0 needs a port. */
  readonly version?: Version | undefined;
}

/** What {@link QueueSyntaxOptions} has, for its check. */
export const QUEUE_SYNTAX_OPTIONS: OptionTable<QueueSyntaxOptions> = { ...SYNTAX_OPTIONS, version: "number" };

/**
 * The request for how queues are configured from the arguments of `ovs-ofctl queue-get-config SWITCH [PORT [QUEUE]]`; a missing one stands for all.
 * @throws SyntaxFault `ERR_SYNTAX` for a text that is no port
 */
export function parseQueueConfigRequest(
  port?: string,
  queue?: string,
  o: QueueSyntaxOptions = {},
): QueueGetConfigRequest | QueueDescRequest {
  checkOptions("parseQueueConfigRequest", o, QUEUE_SYNTAX_OPTIONS);
  const number = port === undefined ? PortNo.Any : parsePort(port, o);
  if ((o.version ?? 4) < 5) return QueueGetConfigRequest.of({ port: number });
  return QueueDescRequest.of({ port: number, queueId: isAll(queue) ? ALL_QUEUES : readLoose(queue!, 32) });
}
