import { SouthboundError } from "../../errors/mod.js";
import { compile, defaultMode, identifier, type Version, versionList, versionName, zeroSource } from "../../schema/mod.js";
import { PORT16 } from "../port/port-no.js";
import { OXM_FIELDS, type OxmField, type OxmName, type OxmValues } from "./fields.js";
import { NOTHING10, SIZE10 } from "./layout10.js";
import { Match, MatchEntry } from "./match.js";
import { fieldNamed } from "./match-literal.js";
import { PLACES10, putField10 } from "./match10.js";

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
 * @throws SouthboundError `ERR_USAGE` for a name that is none of a field, with what may have been meant
 */
export function shape<const N extends readonly OxmName[]>(...names: N): (...values: Values<N>) => Match {
  const fields = names.map((n) => fieldNamed(n));
  // fields whose header differs from version to version, or whose length varies, are left to the general encoder
  const steady = fields.every((f) => f.kind.inline !== undefined && new Set(f.versions.map((v) => f.written[v])).size === 1);
  if (!steady || defaultMode() === "interpreted") {
    const order = OXM_FIELDS.filter((f) => fields.includes(f)).map((f) => [f, fields.indexOf(f)] as const);
    return (...values) => new Match(order.map(([f, i]) => new MatchEntry(f, 0, values[i]!, undefined)));
  }

  const canonical = OXM_FIELDS.filter((f) => fields.includes(f));
  const since = Math.max(...fields.map((f) => f.versions[0]!));
  const latest = fields.find((f) => f.versions[0] === since)!;
  let put = "";
  let at = 4;
  for (const f of canonical) {
    const { inline } = f.kind;
    const form = f.written[f.versions[0]!]!;
    const value = `this.$${fields.indexOf(f)}`;
    const above = f.bits < 8 * f.kind.size ? `||v>F[${f.index}].exact` : "";
    put += `v=${value};if(${inline!.bad("v")}${above})misfit(F[${f.index}],v);dv.setUint32(p+${at},${form.header});`;
    if (form.experimenter !== 0) put += `dv.setUint32(p+${at + 4},${form.experimenter});`;
    put += inline!.put(`p+${at + form.headerSize}`, "v");
    at += form.headerSize + form.size;
  }
  const length = at;
  at += -at & 7;
  put += zeroSource("p", length, at - length);
  const put10 = put10Source(fields);
  const params = names.map(identifier);
  const methods = compile<{ make: (...values: Values<N>) => Match }>(
    `function M(${params}){${params.map((n, i) => `this.$${i}=${n};`).join("")}}
    M.prototype=Object.create(base,{
      entries:{get(){return [${canonical.map((f) => `new MatchEntry(F[${f.index}],0,this.$${fields.indexOf(f)},undefined)`)}]}},
      putOxm:{value:function(c,p,version){if(version<${since})unsupported(late,version);const dv=c.dv;let v,x;dv.setUint32(p,${0x10000 | length});${put}return p+${at}}},
      ${put10 === undefined ? "" : `put10:{value:function(c,p){const dv=c.dv;let v,x;${put10}return p+${SIZE10}}}`}});
    return{make:function(${params}){return new M(${params})}}`,
    {
      ...Object.assign({}, PORT16.inline!.env, ...fields.map((f) => f.kind.inline!.env)),
      base: Match.prototype,
      F: OXM_FIELDS,
      MatchEntry,
      unsupported,
      late: latest,
      misfit,
      putField10,
    },
  );
  return methods.make;
}

/** Source that writes `this.$0` and so on as OpenFlow 1.0 has them; undefined where one of the fields does not stand alone, so that the others have to be looked at. */
function put10Source(fields: readonly OxmField[]): string | undefined {
  let source = "";
  let wildcards: number = NOTHING10;
  const used = new Set([0, 1, 2, 3]);
  for (const [i, f] of fields.entries()) {
    const place = PLACES10[f.index];
    if (place === undefined) return undefined;
    const { at, kind, bit } = place;
    wildcards &= ~bit;
    // what does not fit is told by the general writer
    source += `v=this.$${i};if(${kind.inline!.bad("v")})putField10(c,p,0,F[${f.index}],v,undefined);${kind.inline!.put(`p+${at}`, "v")}`;
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
