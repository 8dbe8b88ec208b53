import { named } from "../../errors/mod.js";
import { BYTES, bytes, enumeration, fixedKind, type Kind, U8, U64, u8, u16, u32, u64 } from "../../schema/mod.js";
import { PORT16, PortNo, port } from "../port/port-no.js";
import { action, actionForms, nicira } from "./header.js";

/**
 * Looks a packet up again, as if it had come in by another port. Nicira's action 14 (NXAST_RESUBMIT_TABLE). The form `port` is action 1 (NXAST_RESUBMIT), which stays in its
 * table; `ct` is action 44 (NXAST_RESUBMIT_TABLE_CT), which looks up by the original direction of the connection.
 */
export const Resubmit = actionForms(
  "Resubmit",
  "resubmit",
  {
    /** The port; `PortNo.InPort` is the one that it did come in by. */
    inPort: port(PortNo.InPort),
    /** The table; 255 is the one that the flow is in. */
    tableId: u8(255),
  },
  { "1.0+": { key: nicira(14), slots: [{ inPort: PORT16 }, "tableId", "zero:3:OFPBAC_BAD_ARGUMENT"] } },
  {
    port: { "1.0+": { key: nicira(1), slots: [{ inPort: PORT16 }, "pad:4"] } },
    ct: { "1.0+": { key: nicira(44), slots: [{ inPort: PORT16 }, "tableId", "zero:3:OFPBAC_BAD_ARGUMENT"] } },
  },
);
/** See the class. */
export type Resubmit = InstanceType<typeof Resubmit>;

const LOW32 = 0xffffffffn;

/** A number of 64 bits that lies in 32. */
const SHORT_ID: Kind<bigint> = fixedKind(
  "u64in32",
  4,
  (c, p) => BigInt(c.dv.getUint32(p)),
  (c, p, v) => c.dv.setUint32(p, Number(v)),
  (v) => typeof v === "bigint" && v >= 0n && v <= LOW32,
  U64.toJSON,
  U64.fromJSON,
);

/** Sets the tunnel's id. Nicira's action 9 (NXAST_SET_TUNNEL64); the form `short` is action 2 (NXAST_SET_TUNNEL), of 32 bits */
export const SetTunnel = actionForms(
  "SetTunnel",
  "set-tunnel",
  { tunnelId: u64() },
  { "1.0+": { key: nicira(9), slots: ["pad:6", "tunnelId"] } },
  { short: { "1.0+": { key: nicira(2), slots: ["pad:2", { tunnelId: SHORT_ID }] } } },
);
/** See the class. */
export type SetTunnel = InstanceType<typeof SetTunnel>;

/** Gives the packet the queue that it had before any was set. Nicira's action 5 (NXAST_POP_QUEUE) */
export const PopQueue = action("PopQueue", "pop-queue", {}, { "1.0+": { key: nicira(5), slots: ["pad:6"] } });
/** See the class. */
export type PopQueue = InstanceType<typeof PopQueue>;

/** Bytes that are filled up to the end of their action. */
const NOTE: Kind<Uint8Array> = { ...BYTES, name: "note" };

/** Does nothing, and keeps bytes for who wrote them. Nicira's action 8 (NXAST_NOTE) */
export const Note = action(
  "Note",
  "note",
  {
    /** The bytes; as many as fill the action to a multiple of 8 bytes, 6 at the least, with zeros behind those given. */
    data: { ...bytes(), kind: NOTE },
  },
  { "1.0+": { key: nicira(8), slots: ["data"] } },
);
/** See the class. */
export type Note = InstanceType<typeof Note>;

/** Ends the work on the packet. Nicira's action 17 (NXAST_EXIT) */
export const Exit = action("Exit", "exit", {}, { "1.0+": { key: nicira(17), slots: ["pad:6"] } });
/** See the class. */
export type Exit = InstanceType<typeof Exit>;

/** Gives the flow other time-outs when a TCP connection ends. Nicira's action 19 (NXAST_FIN_TIMEOUT) */
export const FinTimeout = action(
  "FinTimeout",
  "fin-timeout",
  {
    /** 0 leaves the time-out as it is. */
    idleTimeout: u16(0, { unit: "seconds" }),
    /** 0 leaves the time-out as it is. */
    hardTimeout: u16(0, { unit: "seconds" }),
  },
  { "1.0+": { key: nicira(19), slots: ["idleTimeout", "hardTimeout", "pad:2"] } },
);
/** See the class. */
export type FinTimeout = InstanceType<typeof FinTimeout>;

/** Sets bits of the metadata: the instruction of this name for a version without instructions. Nicira's action 22 (NXAST_WRITE_METADATA) */
export const WriteMetadataAction = action(
  "WriteMetadataAction",
  "write-metadata",
  { metadata: u64(), mask: u64(0xffffffffffffffffn) },
  { "1.0+": { key: nicira(22), slots: ["zero:6:NXBRC_MUST_BE_ZERO", "metadata", "mask"] } },
);
/** See the class. */
export type WriteMetadataAction = InstanceType<typeof WriteMetadataAction>;

/** Which packets are reported in a sample. (NX_ACTION_SAMPLE_*) */
export const SampleDirection = named("SampleDirection", {
  /** Those that come in, or go out where the port says so. */
  Default: 0,
  /** Those that come in. */
  Ingress: 1,
  /** Those that go out. */
  Egress: 2,
});

/**
 * Reports some packets to collectors, by IPFIX. Nicira's action 29 (NXAST_SAMPLE), in the form `port` 38 (NXAST_SAMPLE2), which has the port, and in the form `direction` 41 (NXAST_SAMPLE3),
 * which has the direction too.
 */
export const Sample = actionForms(
  "Sample",
  "sample",
  {
    /** Of 65535 packets so many are reported; never 0. */
    probability: u16(0xffff),
    collectorSetId: u32(),
    obsDomainId: u32(),
    obsPointId: u32(),
    /** `PortNo.Any` is none. */
    samplingPort: port(PortNo.Any),
    direction: enumeration(U8, SampleDirection, SampleDirection.Default),
  },
  { "1.0+": { key: nicira(29), slots: ["probability", "collectorSetId", "obsDomainId", "obsPointId"] } },
  {
    port: {
      "1.0+": {
        key: nicira(38),
        slots: ["probability", "collectorSetId", "obsDomainId", "obsPointId", { samplingPort: PORT16 }, "pad:6"],
      },
    },
    direction: {
      "1.0+": {
        key: nicira(41),
        slots: [
          "probability",
          "collectorSetId",
          "obsDomainId",
          "obsPointId",
          { samplingPort: PORT16 },
          "direction",
          "zero:5:NXBRC_MUST_BE_ZERO",
        ],
      },
    },
  },
);
/** See the class. */
export type Sample = InstanceType<typeof Sample>;

/** Makes the flow one of several that must all match. Nicira's action 34 (NXAST_CONJUNCTION) */
export const Conjunction = action(
  "Conjunction",
  "conjunction",
  {
    /** Which of the dimensions, from 0. */
    clause: u8(),
    /** How many dimensions there are, 2 to 64. */
    nClauses: u8(2),
    /** What `conj_id` is for the flow that takes over. */
    id: u32(),
  },
  { "1.0+": { key: nicira(34), slots: ["clause", "nClauses", "id"] } },
);
/** See the class. */
export type Conjunction = InstanceType<typeof Conjunction>;

/** Sends the start of the packet out of a port. Nicira's action 39 (NXAST_OUTPUT_TRUNC) */
export const OutputTrunc = action(
  "OutputTrunc",
  "output-trunc",
  { port: port(0), maxLen: u32(0, { unit: "bytes" }) },
  { "1.0+": { key: nicira(39), slots: [{ port: PORT16 }, "maxLen"] } },
);
/** See the class. */
export type OutputTrunc = InstanceType<typeof OutputTrunc>;

/** Takes one from the time to live of the network service header. Nicira's action 48 (NXAST_DEC_NSH_TTL) */
export const DecNshTtl = action("DecNshTtl", "dec-nsh-ttl", {}, { "1.0+": { key: nicira(48), slots: ["pad:6"] } });
/** See the class. */
export type DecNshTtl = InstanceType<typeof DecNshTtl>;

/** For tests of Open vSwitch: handles the packet outside its fast path. Nicira's action 254 (NXAST_DEBUG_SLOW) */
export const DebugSlow = action("DebugSlow", "debug-slow", {}, { "1.0+": { key: nicira(254), slots: ["pad:6"] } });
/** See the class. */
export type DebugSlow = InstanceType<typeof DebugSlow>;

/** For tests of Open vSwitch: sends the packet through its data path again. Nicira's action 255 (NXAST_DEBUG_RECIRC) */
export const DebugRecirc = action("DebugRecirc", "debug-recirc", {}, { "1.0+": { key: nicira(255), slots: ["pad:6"] } });
/** See the class. */
export type DebugRecirc = InstanceType<typeof DebugRecirc>;

/** Forgets what is known of the connection of the packet. Nicira's action 43 (NXAST_CT_CLEAR) */
export const CtClear = action("CtClear", "ct-clear", {}, { "1.0+": { key: nicira(43), slots: ["pad:6"] } });
/** See the class. */
export type CtClear = InstanceType<typeof CtClear>;
