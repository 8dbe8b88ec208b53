import { SouthboundError } from "../../errors/mod.js";
import { field, fixedKind, type Kind, Parts, type PartValues, u16, u64, type Version } from "../../schema/mod.js";
import { EXPERIMENTER_CLASS } from "../oxm/header.js";
import { action, actionForms, nicira, onf } from "./header.js";
import { checkedRef } from "./known-field.js";
import { FieldRef, type HeaderList, headerLength, put16, readRef, readSubfield, type Subfield, writeHeader } from "./subfield.js";
import { bit, packed, packedSubfield, subfield } from "./subfield-kinds.js";

/** The bytes of an action that has room for any header. */
const WHOLE = { exactly: 24 } as const;

/** The list of headers in which a {@link CopyField} of a form names its fields: the version's own, but Nicira's in Nicira's action. */
export const copyList = (format: string, version: Version): HeaderList => (format === "" && version < 6 ? 0 : version);

/** Source and destination: how many bits, where they start in each, bytes without a meaning, and the two headers. */
function sourceAndTarget(before: number, between: number, format = ""): Parts<"src" | "dst"> {
  const numbers = before + 6 + between;
  return new Parts("copy", ["src", "dst"], (version, mode) => ({
    extent(c, p, end) {
      let q = p + numbers;
      for (let i = 0; i < 2; i++) {
        const next = q + headerLength(c, q, end);
        checkedRef(readRef(c, q, next - q), mode, q);
        q = next;
      }
      return q;
    },
    decode(c, p, end) {
      const middle = p + numbers + headerLength(c, p + numbers, end);
      const at = p + before;
      const bits = c.dv.getUint16(at);
      const list = copyList(format, version);
      return {
        src: readSubfield(c, p + numbers, middle - p - numbers, c.dv.getUint16(at + 2), bits, list),
        dst: readSubfield(c, middle, end - middle, c.dv.getUint16(at + 4), bits, list),
      };
    },
    encode(c, p, values: PartValues) {
      const { src, dst } = values as { readonly src: Subfield; readonly dst: Subfield };
      if (src.bits !== dst.bits)
        throw new SouthboundError("ERR_RANGE", `${src.bits} bits cannot be copied to ${dst.bits}: give source and destination one width`);
      c.u8.fill(0, p, p + numbers);
      put16(c, p + before, src.bits, "bits");
      put16(c, p + before + 2, src.offset, "src.offset");
      put16(c, p + before + 4, dst.offset, "dst.offset");
      const list = copyList(format, version);
      return writeHeader(c, writeHeader(c, p + numbers, src, list), dst, list);
    },
  }));
}

/**
 * Copies bits from one field to another. OpenFlow 1.5 §7.2.6.6 (OFPAT_COPY_FIELD). Before that it is Nicira's action 6 (NXAST_REG_MOVE), or in the form `onf` the
 * ONF's extension 320 for OpenFlow 1.3.
 */
export const CopyField = actionForms(
  "CopyField",
  "copy-field",
  { src: subfield(), dst: subfield() },
  {
    "1.0-1.4": { takes: { least: 16 }, key: nicira(6), slots: [sourceAndTarget(0, 0), "zero:..:NXBRC_MUST_BE_ZERO"] },
    "1.5": { takes: { least: 16 }, key: [28], slots: [sourceAndTarget(0, 2), "zero:..:NXBRC_MUST_BE_ZERO"] },
  },
  { onf: { "1.3-1.4": { takes: { least: 24 }, key: onf(3200), slots: [sourceAndTarget(2, 2, "onf"), "zero:..:NXBRC_MUST_BE_ZERO"] } } },
);
/** See the class. */
export type CopyField = InstanceType<typeof CopyField>;

/** Puts a number into part of a field. Nicira's action 7 (NXAST_REG_LOAD) */
export const RegLoad = action(
  "RegLoad",
  "reg-load",
  { dst: packedSubfield(), value: u64() },
  { "1.0-1.4": { key: nicira(7), slots: ["dst", "value"] } },
);
/** See the class. */
export type RegLoad = InstanceType<typeof RegLoad>;

/** Puts part of a field on the stack. Nicira's action 27 (NXAST_STACK_PUSH) */
export const StackPush = action(
  "StackPush",
  "stack-push",
  { src: subfield() },
  { "1.0+": { takes: WHOLE, key: nicira(27), slots: ["src", "zero:..6:NXBRC_MUST_BE_ZERO"] } },
);
/** See the class. */
export type StackPush = InstanceType<typeof StackPush>;

/** Takes what is on the stack into part of a field. Nicira's action 28 (NXAST_STACK_POP) */
export const StackPop = action(
  "StackPop",
  "stack-pop",
  { dst: subfield() },
  { "1.0+": { takes: WHOLE, key: nicira(28), slots: ["dst", "zero:..6:NXBRC_MUST_BE_ZERO"] } },
);
/** See the class. */
export type StackPop = InstanceType<typeof StackPop>;

/** Sets a bit where the packet is longer than so many bytes, and clears it where it is not. Nicira's action 49 (NXAST_CHECK_PKT_LARGER) */
export const CheckPktLarger = action(
  "CheckPktLarger",
  "check-pkt-larger",
  { pktLen: u16(0, { unit: "bytes" }), dst: bit() },
  { "1.0+": { takes: { least: 24 }, key: nicira(49), slots: ["pktLen", "dst", "zero:..:NXBRC_MUST_BE_ZERO"] } },
);
/** See the class. */
export type CheckPktLarger = InstanceType<typeof CheckPktLarger>;

/** Offset and bits, the length for controllers, and a header of 32 or 64 bits. */
const OUTPUT_REG2 = new Parts("outputReg2", ["src", "maxLen"], (_version, mode) => ({
  extent: (c, p, end) => p + 4 + headerLength(c, p + 4, end),
  decode(c, p, end) {
    const ofs = c.dv.getUint16(p);
    const src = readSubfield(c, p + 4, end - p - 4, ofs >>> 6, (ofs & 63) + 1);
    return { src: checkedRef(src, mode, p + 4), maxLen: c.dv.getUint16(p + 2) };
  },
  encode(c, p, values) {
    const { src, maxLen } = values as { readonly src: Subfield; readonly maxLen: number };
    put16(c, p, packed(src), "src");
    put16(c, p + 2, maxLen, "maxLen");
    return writeHeader(c, p + 4, src);
  },
}));

/** Sends the packet out of the port that a field holds. Nicira's action 15 (NXAST_OUTPUT_REG), and in the form `reg2` 32 (NXAST_OUTPUT_REG2), which takes experimenters' fields too */
export const OutputReg = actionForms(
  "OutputReg",
  "output-reg",
  { src: packedSubfield(), maxLen: u16(0xffff, { unit: "bytes" }) },
  { "1.0+": { takes: WHOLE, key: nicira(15), slots: ["src", "maxLen", "zero:..6:OFPBAC_BAD_ARGUMENT"] } },
  { reg2: { "1.0+": { takes: WHOLE, key: nicira(32), slots: [OUTPUT_REG2, "zero:..6:NXBRC_MUST_BE_ZERO"] } } },
);
/** See the class. */
export type OutputReg = InstanceType<typeof OutputReg>;

const DELETE_TAIL = 14;

/** A header in as many bytes as the action has for it; what is behind it counts for nothing. */
const LONE_FIELD: Kind<FieldRef> = fixedKind<FieldRef>(
  "loneField",
  DELETE_TAIL,
  (c, p) => readRef(c, p, c.dv.getUint16(p) === EXPERIMENTER_CLASS ? 8 : 4),
  (c, p, v) => c.u8.fill(0, writeHeader(c, p, v), p + DELETE_TAIL),
  (v) => v instanceof FieldRef,
  (v) => v.toJSON(),
  FieldRef.fromJSON,
);

/** Takes a field away, such as an option of a tunnel. Nicira's action 50 (NXAST_DELETE_FIELD) */
export const DeleteField = action(
  "DeleteField",
  "delete-field",
  { field: field(LONE_FIELD, new FieldRef(undefined)) },
  { "1.0+": { key: nicira(50), slots: ["field"] } },
);
/** See the class. */
export type DeleteField = InstanceType<typeof DeleteField>;
