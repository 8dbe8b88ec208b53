/** Each type of message by what becomes of its text: it is read again, it is an argument of commands and not what is printed, or it is printed and never read, as with ovs-ofctl. */
import { expect, test } from "vitest";
import { decodeBytes, encodeMessage, MESSAGES, type Message } from "../../../../src/ofp/mod.js";
import {
  parseAggregateRequest,
  parseFlowStatsRequest,
  parseGroupDescRequest,
  parseGroupStatsRequest,
  parseMeterConfigRequest,
  parseMeterStatsRequest,
  parseQueueStatsRequest,
  printBytes,
} from "../../../../src/ofp/syntax/mod.js";
import { VERSIONS, type Version, versionName } from "../../../../src/schema/mod.js";
import { arbitraryMessage, seededSource } from "../../../../src/testing/mod.js";
import { scaled } from "../../../soak.js";

/** Types whose text is read again by other tests: `both-ways.test.ts`, `again.test.ts`, and those of pages of groups and meters. */
const READ_ELSEWHERE = [
  ...["flow-mod", "flow-stats-reply", "group-mod", "meter-mod", "packet-out", "flow-monitor-request", "tlv-table-mod"],
  ...["group-desc-reply", "meter-config-reply"],
];

/** A request whose printed body is what its reader takes. */
interface Request {
  readonly versions: readonly Version[];
  /** @param body - what is printed behind the colon of the first line, without space around it */
  read(body: string, version: Version): Message;
  /** Bodies that mean something else as an argument. */
  readonly otherwise?: RegExp;
  /** Members that are not printed. */
  readonly unprinted?: readonly string[];
}

const portAndQueue = (body: string): readonly [port: string, queue: string] => {
  const found = /^port=(\S+) queue=(\S+)$/.exec(body)!;
  return [found[1]!, found[2]!.toLowerCase()];
};

const filter = ["cookie", "cookieMask", "outGroup", "format"];

const REQUESTS: Readonly<Record<string, Request>> = {
  "flow-stats-request": { versions: [3, 4, 5, 6], read: (body, version) => parseFlowStatsRequest(body, { version }), unprinted: filter },
  "aggregate-stats-request": {
    versions: [3, 4, 5, 6],
    read: (body, version) => parseAggregateRequest(body, { version }),
    unprinted: filter,
  },
  "group-stats-request": { versions: VERSIONS, read: (body) => parseGroupStatsRequest(body) },
  "group-desc-request": { versions: [6], read: (body, version) => parseGroupDescRequest(body.replace("group_id=", ""), { version }) },
  "meter-config-request": { versions: [4, 5, 6], read: (body) => parseMeterConfigRequest(body) },
  "meter-stats-request": { versions: [4, 5, 6], read: (body) => parseMeterStatsRequest(body) },
  // OpenFlow 1.0 has another number for all ports, which is printed as that of later versions
  "queue-stats-request": {
    versions: [2, 3, 4, 5, 6],
    read: (body) => parseQueueStatsRequest(...portAndQueue(body)),
    otherwise: /^port=ALL /,
  },
};

/** Types that commands make from arguments, which are not what is printed of the message. */
const OF_ARGUMENTS = [
  ...["port-mod", "table-mod", "ct-flush", "ct-flush-zone", "set-config"],
  ...["queue-get-config-request", "queue-desc-request", "port-stats-request", "port-desc-request", "table-desc-request"],
  ...["table-features-request"],
];

/** Types that hold others: their texts are those. */
const HOLDERS = ["bundle-add-message", "request-forward"];

/** Types that are printed and never read: what a switch tells, and what connections say of themselves. */
const PRINTED = [
  ...["hello", "error", "echo-request", "echo-reply", "experimenter", "experimenter-stats-request", "experimenter-stats-reply"],
  ...["features-request", "features-reply", "get-config-request", "get-config-reply", "packet-in", "resume", "flow-removed", "port-status"],
  ...[
    "barrier-request",
    "barrier-reply",
    "desc-request",
    "desc-reply",
    "aggregate-stats-reply",
    "table-stats-request",
    "table-stats-reply",
  ],
  ...["port-stats-reply", "port-desc-reply", "table-features-reply", "flow-counters-request", "flow-counters-reply", "group-stats-reply"],
  ...["group-features-request", "group-features-reply", "meter-stats-reply", "meter-features-request", "meter-features-reply"],
  ...["queue-get-config-reply", "queue-desc-reply", "queue-stats-reply", "table-status", "table-desc-reply", "role-request", "role-reply"],
  ...["role-status", "get-async-request", "get-async-reply", "set-async", "bundle-control", "bundle-features-request"],
  ...["bundle-features-reply", "controller-status", "controller-status-request", "controller-status-reply", "flow-monitor-reply"],
  ...["flow-monitor-cancel", "flow-monitor-paused", "flow-monitor-resumed", "set-flow-format", "flow-mod-table-id", "set-packet-in-format"],
  ...["flow-age", "set-controller-id", "tlv-table-request", "tlv-table-reply", "ipfix-bridge-request", "ipfix-bridge-reply"],
  ...["ipfix-flow-request", "ipfix-flow-reply"],
];

/** Texts that are printed and not read, as with ovs-ofctl, by the error. */
const UNREAD: readonly (readonly [error: RegExp, why: string])[] = [
  [/^unknown keyword gtpu_(flags|msgtype)$/, "ovs-ofctl prints the fields of GTP-U by names that it does not read"],
  [/^invalid numeric format (ANY|ALL)$/, "the words for groups are read where a group alone is asked for"],
  [/^<error>: unknown fragment type/, "fragments that are later and none"],
  [/^invalid value for meter/, "numbers that no meter has"],
  [/ is not a valid OpenFlow port$/, "ports that only a message can name"],
];

test("every type of message stands in one of these lists", () => {
  const all = [...READ_ELSEWHERE, ...Object.keys(REQUESTS), ...OF_ARGUMENTS, ...HOLDERS, ...PRINTED];
  expect([...all].sort()).toEqual(MESSAGES.entries.map(({ entryName }) => entryName).sort());
});

test.each(Object.entries(REQUESTS))("a %s is read again", (type, { versions, read, otherwise, unprinted = [] }) => {
  for (const version of versions) {
    const source = seededSource(version);
    for (let i = 0; i < scaled(200); i++) {
      const m = arbitraryMessage(source, version, { type: type as Message["type"], sensible: true });
      // a request in several parts is one text each
      (m as { flags?: number }).flags = 0;
      const bytes = encodeMessage(m, version);
      const printed = printBytes(bytes, { verbosity: 2 });
      if (printed.includes("***")) continue;
      const body = printed.slice(printed.indexOf("):") + 2).trim();
      if (otherwise?.test(body) === true) continue;
      const plain = (m: Message): unknown => {
        const { match, ...rest } = m.toJSON() as Record<string, unknown>;
        for (const name of ["xid", "version", "flags", ...unprinted]) delete rest[name];
        return rest;
      };
      let found: Message;
      try {
        found = read(body, version);
      } catch (e) {
        const { message } = e as Error;
        if (UNREAD.some(([error]) => error.test(message))) continue;
        throw new Error(`${message}: ${printed}`);
      }
      const again = decodeBytes(encodeMessage(found, version));
      const where = `${versionName(version)} ${printed}`;
      expect({ where, ...(plain(again) as object) }).toEqual({ where, ...(plain(decodeBytes(bytes)) as object) });
    }
  }
});
