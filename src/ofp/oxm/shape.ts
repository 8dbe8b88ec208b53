import { SouthboundError } from "../../errors/mod.js";
import { compile, defaultMode, identifier, type Version, versionList, versionName } from "../../schema/mod.js";
import { OXM, OXM_FIELDS, type OxmField, type OxmName, type OxmValues } from "./fields.js";
import { Match, MatchEntry } from "./match.js";
import { clear10, NOTHING10, putField10 } from "./match10.js";

type Values<N extends readonly OxmName[]> = { [I in keyof N]: OxmValues[N[I]] };

const unsupported = (field: OxmField, version: Version): never => {
  throw new SouthboundError(
    "ERR_UNSUPPORTED",
    `OpenFlow ${versionName(version)} has no match field ${field.name}: use OpenFlow ${versionList(field.versions)}`,
  );
};

/**
 * A constructor of matches on just these fields, without masks, for hot code: `const match = shape("inPort", "ethDst")` once at module level, then
 * `match(port, address)` for each message. Such a match is a small object whose encoder looks at nothing else; values are checked when encoded.
 */
export function shape<const N extends readonly OxmName[]>(...names: N): (...values: Values<N>) => Match {
  const fields = names.map((n) => OXM[n] as OxmField);
  // fields whose header differs from version to version, or whose length varies, are left to the general encoder
  const steady = fields.every((f) => f.kind.inline !== undefined && new Set(f.versions.map((v) => f.written[v])).size === 1);
  if (!steady || defaultMode() === "interpreted") return (...values) => Match.of(Object.fromEntries(names.map((n, i) => [n, values[i]])));

  const canonical = OXM_FIELDS.filter((f) => fields.includes(f));
  const since = Math.max(...fields.map((f) => f.versions[0]!));
  const latest = fields.find((f) => f.versions[0] === since)!;
  let put = "";
  let at = 4;
  for (const f of canonical) {
    const { inline } = f.kind;
    const form = f.written[f.versions[0]!]!;
    const value = `this.$${fields.indexOf(f)}`;
    put += `v=${value};if(${inline!.bad("v")}||v>F[${f.index}].exact)misfit(F[${f.index}],v);dv.setUint32(p+${at},${form.header});`;
    if (form.experimenter !== 0) put += `dv.setUint32(p+${at + 4},${form.experimenter});`;
    put += inline!.put(`p+${at + form.headerSize}`, "v");
    at += form.headerSize + form.size;
  }
  const length = at;
  for (; at % 8 !== 0; at++) put += `dv.setUint8(p+${at},0);`;
  const put10 = canonical.map((f) => `w=putField10(c,p,w,F[${f.index}],this.$${fields.indexOf(f)},undefined);`).join("");
  // a field with a prerequisite takes the way that checks it
  const free = fields.every((f) => Object.keys(f.requires).length === 0);
  const params = names.map(identifier);
  const methods = compile<{ make: (...values: Values<N>) => Match }>(
    `function M(${params}){${params.map((n, i) => `this.$${i}=${n};`).join("")}}
    M.prototype=Object.create(base,{
      entries:{get(){return [${canonical.map((f) => `new MatchEntry(F[${f.index}],0,this.$${fields.indexOf(f)},undefined)`)}]}},
      putOxm:{value:function(c,p,version){if(version<${since})unsupported(late,version);const dv=c.dv;let v;dv.setUint32(p,${0x10000 | length});${put}return p+${at}}},
      ${free ? `put10:{value:function(c,p){clear10(c,p);let w=${NOTHING10};${put10}c.dv.setUint32(p,w);return p+40}}` : ""}});
    return{make:function(${params}){return new M(${params})}}`,
    { base: Match.prototype, F: OXM_FIELDS, MatchEntry, unsupported, late: latest, misfit, clear10, putField10 },
  );
  return methods.make;
}

function misfit(field: OxmField, value: unknown): never {
  throw new SouthboundError("ERR_RANGE", `Match.${field.name}: ${String(value)} is not of ${field.bits} bits`);
}
