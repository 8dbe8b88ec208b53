import {
  apply,
  encodeMessage,
  FlowMod,
  FlowStats,
  FlowStatsReply,
  Match,
  masked,
  Output,
  PacketIn,
  PacketInReason,
  PushVlan,
  SetQueue,
} from "southbound/ofp";

export const OPENFLOW13 = 4;

/** A flow with five match fields and three actions, as controllers send them. */
export const flowMod = (): FlowMod =>
  FlowMod.of({
    xid: 7,
    cookie: 0x1122334455667788n,
    tableId: 3,
    idleTimeout: 10,
    priority: 100,
    match: Match.of({ inPort: 3, ethType: 0x0800, ipProto: 6, ipv4Dst: masked(0x0a010200, 0xffffff00), tcpDst: 443 }),
    instructions: [apply(PushVlan.of({ ethertype: 0x8100 }), SetQueue.of({ queueId: 5 }), Output.of({ port: 2 }))],
  });

/** A packet-in of 130 bytes. */
export const packetIn = (): PacketIn =>
  PacketIn.of({
    xid: 9,
    bufferId: 1234,
    totalLen: 88,
    reason: PacketInReason.Action,
    tableId: 1,
    cookie: 5n,
    match: Match.of({ inPort: 3 }),
    data: Uint8Array.from({ length: 88 }, (_, i) => i),
  });

/** A reply with 100 flows like {@link flowMod}. */
export const flowStats = (): FlowStatsReply => {
  const { match, instructions } = flowMod();
  const flows = Array.from({ length: 100 }, (_, i) =>
    FlowStats.of({
      tableId: 3,
      durationSec: 100 + i,
      durationNsec: 5_000_000,
      priority: 100 + i,
      idleTimeout: 10,
      cookie: BigInt(i),
      packetCount: 1_000n + BigInt(i),
      byteCount: 64_000n + BigInt(i),
      match,
      instructions,
    }),
  );
  return FlowStatsReply.of({ xid: 8, flows });
};

/** The messages that are measured, as they stand on the wire. */
export const wire = (): { readonly packetIn: Uint8Array; readonly flowMod: Uint8Array; readonly flowStats: Uint8Array } => ({
  packetIn: encodeMessage(packetIn(), OPENFLOW13),
  flowMod: encodeMessage(flowMod(), OPENFLOW13),
  flowStats: encodeMessage(flowStats(), OPENFLOW13),
});
