import { SouthboundError } from "../../errors/mod.js";
import { compile, defaultMode, identifier, placeMaker, type Version, versionList, versionName, zeroSource } from "../../schema/mod.js";
import { PORT16 } from "../port/port-no.js";
import { OXM_FIELDS, type OxmField, type OxmName, type OxmValue } from "./fields.js";
import { NOTHING10, SIZE10 } from "./layout10.js";
import { MatchEntry } from "./match-entry.js";
import { fieldNamed } from "./match-literal.js";
import { PLACES10, putField10 } from "./put10.js";

const unsupported = (field: OxmField, version: Version): never => {
  throw new SouthboundError(
    "ERR_UNSUPPORTED",
    `OpenFlow ${versionName(version)} has no match field ${field.name}: use OpenFlow ${versionList(field.versions)}`,
  );
};

/**
 * What makes the matches of a place of use: see `Match.maker`.
 * @param base - the prototype of matches
 * @param general - makes a match of fields in canonical order, where none of a fixed form can be made
 */
export function matchMaker<T>(
  base: object,
  general: (entries: readonly MatchEntry[]) => T,
  given: readonly OxmName[],
): (init: object) => T {
  const fields = [...new Set(given)].map((n) => fieldNamed(n));
  const canonical = OXM_FIELDS.filter((f) => fields.includes(f));
  // fields whose header differs from version to version, or whose length varies, are left to the general encoder
  const steady = fields.every((f) => f.kind.inline !== undefined && new Set(f.versions.map((v) => f.written[v])).size === 1);
  if (!steady || defaultMode() === "interpreted") {
    const entry = (f: OxmField, init: object): MatchEntry => new MatchEntry(f, 0, (init as Record<string, OxmValue>)[f.name]!, undefined);
    return (init) => general(canonical.map((f) => entry(f, init)));
  }

  const since = Math.max(...fields.map((f) => f.versions[0]!));
  const late = fields.find((f) => f.versions[0] === since)!;
  let put = "";
  let at = 4;
  for (const f of canonical) {
    const { inline } = f.kind;
    const form = f.written[f.versions[0]!]!;
    const above = f.bits < 8 * f.kind.size ? `||v>F[${f.index}].exact` : "";
    put += `v=this.${identifier(f.name)};if(${inline!.bad("v")}${above})misfit(F[${f.index}],v);dv.setUint32(p+${at},${form.header});`;
    if (form.experimenter !== 0) put += `dv.setUint32(p+${at + 4},${form.experimenter});`;
    put += inline!.put(`p+${at + form.headerSize}`, "v");
    at += form.headerSize + form.size;
  }
  const length = at;
  at += -at & 7;
  put += zeroSource("p", length, at - length);
  const put10 = put10Source(fields);
  const methods = compile<PropertyDescriptorMap>(
    `return{
      entries:{get(){return [${canonical.map((f) => `new MatchEntry(F[${f.index}],0,this.${f.name},undefined)`)}]}},
      putOxm:{value:function(c,p,version){if(version<${since})unsupported(late,version);const dv=c.dv;let v,x;dv.setUint32(p,${0x10000 | length});${put}return p+${at}}},
      ${put10 === undefined ? "" : `put10:{value:function(c,p){const dv=c.dv;let v,x;${put10}return p+${SIZE10}}}`}}`,
    {
      ...Object.assign({}, PORT16.inline!.env, ...fields.map((f) => f.kind.inline!.env)),
      F: OXM_FIELDS,
      MatchEntry,
      unsupported,
      late,
      misfit,
      putField10,
    },
  );
  return placeMaker(
    fields.map((f) => f.name),
    Object.create(base, methods) as object,
  );
}

/** Source that writes the fields of `this` as OpenFlow 1.0 has them; undefined where one of the fields does not stand alone, so that the others have to be looked at. */
function put10Source(fields: readonly OxmField[]): string | undefined {
  let source = "";
  let wildcards: number = NOTHING10;
  const used = new Set([0, 1, 2, 3]);
  for (const f of fields) {
    const place = PLACES10[f.index];
    if (place === undefined) return undefined;
    const { at, kind, bit } = place;
    wildcards &= ~bit;
    // what does not fit is told by the general writer
    source += `v=this.${f.name};if(${kind.inline!.bad("v")})putField10(c,p,0,F[${f.index}],v,undefined);${kind.inline!.put(`p+${at}`, "v")}`;
    for (let b = at; b < at + kind.size; b++) used.add(b);
  }
  for (let at = 0; at < SIZE10; at++) {
    let n = 0;
    while (at + n < SIZE10 && !used.has(at + n)) n++;
    if (n > 0) source += zeroSource("p", at, n);
    at += n;
  }
  return `${source}dv.setUint32(p,${wildcards});`;
}

function misfit(field: OxmField, value: unknown): never {
  throw new SouthboundError("ERR_RANGE", `Match.${field.name}: ${String(value)} is not of ${field.bits} bits`);
}
