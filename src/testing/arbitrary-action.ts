import { type EncapProperty, EXPERIMENTER_CLASS, FieldRef, LearnSpec, NatRange, type OxmField, Subfield } from "../ofp/mod.js";
import { PEER_FIELDS } from "./arbitrary-match.js";
import { bytesFrom, chance, numberFrom, pick, type RandomSource } from "./arbitrary-source.js";

/** Fields that a header of 32 bits names. */
const SHORT: readonly OxmField[] = PEER_FIELDS.filter((f) => f.forms[0]!.experimenter === 0);

/** Part of a field, or of one that nobody knows. */
function part(source: RandomSource, fields: readonly OxmField[], bits: number): Subfield {
  const offset = source.integer(0, 200);
  if (chance(source, 10)) return new Subfield(undefined, offset, bits, 0x12340004 + 512 * source.integer(0, 100));
  return new Subfield(pick(source, fields), offset, bits);
}

function learnSpec(source: RandomSource): LearnSpec {
  const bits = source.integer(1, 130);
  const number = numberFrom(source, bits, true) as bigint;
  switch (source.integer(0, 4)) {
    case 0:
      return LearnSpec.match(part(source, SHORT, bits), number);
    case 1:
      return LearnSpec.match(part(source, SHORT, bits), part(source, SHORT, bits));
    case 2:
      return LearnSpec.load(part(source, SHORT, bits), number);
    case 3:
      return LearnSpec.load(part(source, SHORT, bits), part(source, SHORT, bits));
    default:
      return LearnSpec.output(part(source, SHORT, bits));
  }
}

function natRange(source: RandomSource): NatRange | undefined {
  if (chance(source, 30)) return undefined;
  const v6 = chance(source, 50);
  const address = (): number | bigint => (v6 ? (numberFrom(source, 120, true) as bigint) + 1n : source.integer(1, 0x7fffffff));
  const [a, b] = [address(), address()];
  const [low, high] = a < b ? [a, b] : [b, a];
  const portMin = chance(source, 50) ? source.integer(1, 30000) : 0;
  const portMax = portMin !== 0 && chance(source, 50) ? source.integer(portMin, 65535) : 0;
  return new NatRange(low, chance(source, 50) ? high : undefined, portMin, portMax);
}

function encapProperty(source: RandomSource): EncapProperty {
  if (chance(source, 40)) return { type: "nsh-md-type", mdType: source.integer(0, 255) };
  if (chance(source, 70))
    return {
      type: "nsh-tlv",
      tlvClass: source.integer(0, 0xffff),
      tlvType: source.integer(0, 255),
      data: bytesFrom(source, source.integer(0, 20)),
    };
  const bytes = bytesFrom(source, 8 * source.integer(1, 3));
  bytes.set([0x12, 0x34, 1, bytes.length - source.integer(0, 4)]);
  return { type: "unknown", bytes };
}

/** Random values of the kinds that only actions have, by their names. */
export const ARBITRARY_ACTION_PARTS: Readonly<Record<string, (source: RandomSource) => unknown>> = {
  subfield: (source) => part(source, PEER_FIELDS, source.integer(0, 200)),
  bit: (source) => part(source, PEER_FIELDS, 1),
  optionalBit: (source) => (chance(source, 50) ? undefined : part(source, PEER_FIELDS, 1)),
  // as many bytes as fill the action
  note: (source) => bytesFrom(source, 6 + 8 * source.integer(0, 3)),
  learnSpecs: (source) => Array.from({ length: source.integer(0, 4) }, () => learnSpec(source)),
  natRange,
  encapProperty,
  loneField: (source) => {
    const v = part(source, PEER_FIELDS, 0);
    return new FieldRef(v.field, v.header);
  },
};

/** Makes random fields of an action agree with each other. */
export function settleAction(name: string, values: Record<string, unknown>): void {
  if (name === "CopyField") {
    const { src, dst } = values as { readonly src: Subfield; readonly dst: Subfield };
    values.dst = new Subfield(dst.field, dst.offset, src.bits, dst.header, dst.experimenter);
  }
  if (name === "OutputReg") {
    const { src } = values as { readonly src: Subfield };
    // the length of an experimenter's header counts the experimenter
    if (src.header >>> 16 === EXPERIMENTER_CLASS && (src.header & 255) < 4)
      values.src = new Subfield(src.field, src.offset, src.bits, (src.header | 4) >>> 0, src.experimenter);
  }
  if (name === "Learn") values.flags = (values.flags as number) & 3;
}
