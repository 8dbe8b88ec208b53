/** Random messages whose text is read again come back as they were, but for what text cannot carry, which is listed by name in `carried.ts`. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { toHex } from "../../../../src/bytes/mod.js";
import { SouthboundError } from "../../../../src/errors/mod.js";
import {
  encodeMessage,
  type FlowMonitorRequest,
  type GroupMod,
  GroupModCommand,
  type Message,
  type MeterMod,
  type PacketOut,
  TlvTableCommand,
  type TlvTableMod,
} from "../../../../src/ofp/mod.js";
import {
  formatFlowMonitor,
  formatGroupMod,
  formatMeterMod,
  formatPacketOut,
  formatTlvMaps,
  type GroupTextCommand,
  parseFlowMonitor,
  parseGroup,
  parseMeter,
  parsePacketOut,
  parseTlvMaps,
} from "../../../../src/ofp/syntax/mod.js";
import type { Version } from "../../../../src/schema/mod.js";
import { arbitraryMessage, type RandomSource, seededSource } from "../../../../src/testing/mod.js";
import { scaled } from "../../../soak.js";
import { GROUP_LIMITS, type Limit, METER_LIMITS, MONITOR_LIMITS, PACKET_OUT_LIMITS, TLV_LIMITS } from "./carried.js";

/** A kind of message that has a text. */
interface Kind {
  readonly type: Message["type"];
  readonly versions: readonly Version[];
  readonly limits: readonly Limit<Message>[];
  /** The message that its own text stands for. */
  again(m: Message, version: Version): Message;
}

const kind = <M extends Message>(
  type: M["type"],
  versions: readonly Version[],
  limits: readonly Limit<M>[],
  again: (m: M, version: Version) => Message,
): Kind => ({ type, versions, limits: limits as never, again: again as never });

const ALL: readonly Version[] = [1, 2, 3, 4, 5, 6];

const COMMANDS: Readonly<Record<number, GroupTextCommand>> = {
  [GroupModCommand.Add]: "add",
  [GroupModCommand.Modify]: "modify",
  [GroupModCommand.Delete]: "delete",
  [GroupModCommand.InsertBucket]: "insert_bucket",
  [GroupModCommand.RemoveBucket]: "remove_bucket",
  [GroupModCommand.AddOrModify]: "add_or_mod",
};

const KINDS: readonly Kind[] = [
  kind<GroupMod>("group-mod", ALL, GROUP_LIMITS, (m, version) =>
    parseGroup(formatGroupMod(m, { version }), { version, command: COMMANDS[m.command] }),
  ),
  kind<MeterMod>("meter-mod", [4, 5, 6], METER_LIMITS, (m, version) =>
    parseMeter(formatMeterMod(m), { version, command: (["add", "modify", "delete"] as const)[m.command] }),
  ),
  kind<PacketOut>("packet-out", ALL, PACKET_OUT_LIMITS, (m, version) => parsePacketOut(formatPacketOut(m, { version }), { version })),
  kind<FlowMonitorRequest>("flow-monitor-request", ALL, MONITOR_LIMITS, (m, version) =>
    parseFlowMonitor(m.monitors.map((x) => formatFlowMonitor(x, { version })).join(";"), { version }),
  ),
  kind<TlvTableMod>("tlv-table-mod", [1, 3, 4, 5, 6], TLV_LIMITS, (m, version) =>
    m.command === TlvTableCommand.Clear
      ? parseTlvMaps(undefined, { version, command: "delete" })
      : parseTlvMaps(formatTlvMaps(m.maps), { version, command: m.command === TlvTableCommand.Add ? "add" : "delete" }),
  ),
];

/** A random message within some limits, in bytes, and what its text comes to: other bytes, or a complaint. */
function outcome(
  k: Kind,
  limits: readonly Limit<Message>[],
  version: Version,
  source: RandomSource,
  beyond?: Limit<Message>["beyond"],
): readonly [sent: string, read: string] {
  let m = arbitraryMessage(source, version, { type: k.type, maxElements: 3, maxBytes: 40 });
  if (beyond !== undefined) m = beyond(m);
  for (const { within } of limits) m = within(m, version, source);
  (m as { xid?: number }).xid = 0;
  const sent = toHex(encodeMessage(m, version));
  try {
    return [sent, toHex(encodeMessage(k.again(m, version), version))];
  } catch (e) {
    if (SouthboundError.is(e)) return [sent, `! ${e.message}`];
    throw e;
  }
}

const PAGE = readFileSync(new URL("../../../../docs/guide/text.md", import.meta.url), "utf8");

const RUNS = scaled(2000);

describe.each(KINDS)("the text of a $type", (k) => {
  test("has its limits in the guide", () => expect(PAGE).toContain(`- **${k.type}**: ${k.limits.map(({ name }) => name).join("; ")}\n`));

  test.each(k.versions)("has all that text can carry of one of version %i", (version) => {
    const source = seededSource(version);
    for (let i = 0; i < RUNS; i++) {
      const [sent, read] = outcome(k, k.limits, version, source);
      if (read !== sent) expect({ run: i, read }).toEqual({ run: i, read: sent });
    }
  });

  test.each(k.limits)("cannot carry $name", ({ name, beyond }) => {
    const others = k.limits.filter((limit) => limit.name !== name);
    const source = seededSource(name.length);
    const loses = (version: Version): boolean => {
      try {
        const [sent, read] = outcome(k, others, version, source, beyond);
        return read !== sent;
      } catch (e) {
        // what is without the limit may not be a message of the version at all
        if (SouthboundError.is(e)) return false;
        throw e;
      }
    };
    let found = false;
    for (let i = 0; i < 5000 && !found; i++) found = k.versions.some(loses);
    expect(found).toBe(true);
  });
});
