import type { Chunk } from "../../bytes/mod.js";
import { named, SouthboundError } from "../../errors/mod.js";
import { type Field, fail, field, flags, limited, OPTIONAL, Parts, type PartValues, U8, U16, u8, u16, u32, u64 } from "../../schema/mod.js";
import { actionForms, nicira } from "./header.js";
import { checkedRef, isWritable } from "./known-field.js";
import { LEARN_SPECS, type LearnSpec } from "./learn-spec.js";
import { headerLength, put16, put32, readRef, readSubfield, type Subfield, writeHeader } from "./subfield.js";
import { OPTIONAL_BIT } from "./subfield-kinds.js";

/** What a learned flow is like. (NX_LEARN_F_*); that the result is written follows from {@link Learn} having a place for it */
export const LearnFlags = named("LearnFlags", {
  /** A message reports when the flow goes. */
  SendFlowRem: 1,
  /** The learned flows go when the flow with the action goes. */
  DeleteLearned: 2,
});

/** The bit of the flags of a learn action that names a field for the result. */
const WRITE_RESULT = 4;

const BAD = "OFPBAC_BAD_ARGUMENT";
const isFlowTable = (table: number): boolean => table !== 255;
const areFlags = (bits: number): boolean => (bits & ~(LearnFlags.SendFlowRem | LearnFlags.DeleteLearned)) === 0;
const FLAGS = flags(U16, LearnFlags);

/**
 * What stands between the cookie and the parts: flags, table, a byte of zero, both time-outs, the limit, and the bit for the result, of which the offset is there always
 * and the header where a flag says so.
 */
const TAIL = new Parts("learn2", ["flags", "tableId", "finIdleTimeout", "finHardTimeout", "limit", "resultDst"], (_version, mode) => ({
  extent(c, p, end) {
    if (end - p < 16) return fail("OFPBAC_BAD_LEN", "a learn action is cut short", p);
    const written = c.dv.getUint16(p);
    // a check has the numbers before the header behind them
    if (mode === "checked") checkNumbers(c, p, written);
    if ((written & WRITE_RESULT) === 0) return p + 16;
    const e = p + 16 + headerLength(c, p + 16, end);
    const { field } = checkedRef(readRef(c, p + 16, e - p - 16), mode, p + 16);
    return mode === "checked" && !isWritable(field!) ? fail("OFPBAC_BAD_SET_ARGUMENT", `${field!.name} is not written`, p + 16) : e;
  },
  decode(c, p, end) {
    const { dv } = c;
    const written = dv.getUint16(p);
    const offset = dv.getUint16(p + 12);
    const has = (written & WRITE_RESULT) !== 0;
    refuseReserved(c, p, has, offset);
    return {
      flags: written & ~WRITE_RESULT,
      tableId: c.u8[p + 2],
      finIdleTimeout: dv.getUint16(p + 4),
      finHardTimeout: dv.getUint16(p + 6),
      limit: dv.getUint32(p + 8),
      resultDst: has ? readSubfield(c, p + 16, end - p - 16, offset, 1) : undefined,
    };
  },
  encode(c, p, values: PartValues) {
    const v = values as unknown as TailValues;
    const { resultDst } = v;
    if ((v.flags & WRITE_RESULT) !== 0)
      throw new SouthboundError("ERR_RANGE", "flags: give resultDst instead of the flag that tells of it");
    put16(c, p, v.flags | (resultDst === undefined ? 0 : WRITE_RESULT), "flags");
    if (!(v.tableId >>> 0 === v.tableId && v.tableId <= 255))
      throw new SouthboundError("ERR_RANGE", `tableId: ${v.tableId} does not fit u8`);
    c.dv.setUint16(p + 2, v.tableId << 8);
    put16(c, p + 4, v.finIdleTimeout, "finIdleTimeout");
    put16(c, p + 6, v.finHardTimeout, "finHardTimeout");
    put32(c, p + 8, v.limit, "limit");
    if (resultDst !== undefined && resultDst.bits !== 1)
      throw new SouthboundError("ERR_RANGE", `resultDst: ${resultDst.bits} bits instead of 1`);
    put16(c, p + 12, resultDst?.offset ?? 0, "resultDst.offset");
    c.dv.setUint16(p + 14, 0);
    return resultDst === undefined ? p + 16 : writeHeader(c, p + 16, resultDst);
  },
}));

function refuseReserved(c: Chunk, p: number, has: boolean, offset: number): void {
  if (c.dv.getUint16(p + 14) !== 0) fail("NXBAC_MUST_BE_ZERO", "reserved bytes that are not zero", p + 14);
  if (c.u8[p + 3] !== 0) fail(BAD, "reserved bytes that are not zero", p + 3);
  if (!has && offset !== 0) fail(BAD, "an offset of no field", p + 12);
}

/** For a check: what is wrong with the numbers of a learn action of the form `learn2`. */
function checkNumbers(c: Chunk, p: number, written: number): void {
  refuseReserved(c, p, (written & WRITE_RESULT) !== 0, c.dv.getUint16(p + 12));
  if (!isFlowTable(c.u8[p + 2]!) || !areFlags(written & ~WRITE_RESULT)) fail(BAD, "flags or a table that no flow can have", p);
}

interface TailValues {
  readonly flags: number;
  readonly tableId: number;
  readonly finIdleTimeout: number;
  readonly finHardTimeout: number;
  readonly limit: number;
  readonly resultDst: Subfield | undefined;
}

const specs: Field<readonly LearnSpec[]> = field(LEARN_SPECS, Object.freeze([]) as readonly LearnSpec[]);

/** Makes a flow from the packet. Nicira's action 16 (NXAST_LEARN); in the form `learn2` 45 (NXAST_LEARN2), which has a limit and reports whether it was reached */
export const Learn = actionForms(
  "Learn",
  "learn",
  {
    idleTimeout: u16(0, { ...OPTIONAL, unit: "seconds" }),
    hardTimeout: u16(0, { ...OPTIONAL, unit: "seconds" }),
    priority: u16(0x8000),
    cookie: u64(0n, OPTIONAL),
    flags: FLAGS,
    /** Where the flow goes; 255 is refused. */
    tableId: u8(1),
    /** For the flow's `fin_timeout` action; 0 where it has none. */
    finIdleTimeout: u16(0, { ...OPTIONAL, unit: "seconds" }),
    finHardTimeout: u16(0, { ...OPTIONAL, unit: "seconds" }),
    /** So many learned flows at most; 0 is no limit. */
    limit: u32(0, { ...OPTIONAL, unit: "flows" }),
    /** The bit that says whether the flow was made. */
    resultDst: field<Subfield | undefined>(OPTIONAL_BIT, undefined),
    /** What the flow matches on and does. */
    specs,
  },
  {
    "1.0+": {
      takes: { least: 32 },
      key: nicira(16),
      slots: [
        "idleTimeout",
        "hardTimeout",
        "priority",
        "cookie",
        { flags: limited(FLAGS.kind, areFlags, BAD) },
        { tableId: limited(U8, isFlowTable, BAD) },
        "zero:1:OFPBAC_BAD_ARGUMENT",
        "finIdleTimeout",
        "finHardTimeout",
        "specs",
      ],
    },
  },
  {
    learn2: {
      "1.0+": { takes: { least: 40 }, key: nicira(45), slots: ["idleTimeout", "hardTimeout", "priority", "cookie", TAIL, "specs"] },
    },
  },
);
/** See the class. */
export type Learn = InstanceType<typeof Learn>;
