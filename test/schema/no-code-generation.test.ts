/** Where code generation is forbidden everything works by the interpreter: a child process that forbids it codes what this process made. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { toHex } from "../../src/bytes/mod.js";
import { encodeMessage, messageCodec } from "../../src/ofp/mod.js";
import { defaultMode, VERSIONS } from "../../src/schema/mod.js";
import { arbitraryMessage, messageClasses, seededSource } from "../../src/testing/mod.js";

const SRC = join(dirname(fileURLToPath(import.meta.url)), "../../src");

/** The rooms that the codec is made of, as JavaScript in a folder of their own, whatever `dist` holds. */
function built(): string {
  const dir = mkdtempSync(join(tmpdir(), "southbound-"));
  writeFileSync(join(dir, "package.json"), '{"type":"module"}');
  const visit = (path: string): void => {
    mkdirSync(join(dir, path), { recursive: true });
    for (const entry of readdirSync(join(SRC, path), { withFileTypes: true })) {
      const file = join(path, entry.name);
      if (entry.isDirectory()) visit(file);
      else {
        const { outputText } = ts.transpileModule(readFileSync(join(SRC, file), "utf8"), {
          compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
        });
        writeFileSync(join(dir, file.replace(/\.ts$/, ".js")), outputText);
      }
    }
  };
  for (const room of ["errors", "bytes", "schema", "packet", "ofp"]) visit(room);
  return dir;
}

const SCRIPT = `
import { readFileSync } from "node:fs";
import { Chunk, fromHex, toHex } from "./bytes/mod.js";
import { defaultMode } from "./schema/mod.js";
import { decodeBytes, decodeMessage, encodeMessage, FlowMod, messageFromJSON, Output, PacketIn, PacketOut, Match, apply, oxmOf } from "./ofp/mod.js";

let forbidden = false;
try { new Function("return 1"); } catch { forbidden = true; }
const wrong = [];
const check = (what, a, b) => { if (JSON.stringify(a) !== JSON.stringify(b)) wrong.push([what, a, b]); };
check("forbidden", forbidden, true);
check("mode", defaultMode(), "interpreted");
for (const { version, json, hex } of JSON.parse(readFileSync(0, "utf8"))) {
  const m = messageFromJSON(json);
  check("encode", toHex(encodeMessage(m, version)), hex);
  const back = decodeBytes(fromHex(hex));
  check("decode", back.toJSON(), { ...json, version });
  check("again", toHex(encodeMessage(back, version)), hex);
}
const match = Match.maker("ethDst", "inPort")({ ethDst: 0x020000000001, inPort: 7 });
const maker = FlowMod.maker();
const m = maker({ match, instructions: [apply(Output.of({ port: 3 }))] });
check("maker", FlowMod.is(m) && m instanceof FlowMod, true);
const made = new PacketOut();
made.actions = [Output.of({ port: 4 })];
for (const version of [1, 4]) {
  check("flow-mod", decodeBytes(encodeMessage(m, version)).match.toJSON(), { inPort: 7, ethDst: "02:00:00:00:00:01" });
  check("packet-out", decodeBytes(encodeMessage(made, version)).actions[0].port, 4);
  const bytes = encodeMessage(PacketIn.of({ match: Match.maker("inPort")({ inPort: 9 }), data: Uint8Array.of(1, 2) }), version);
  const chunk = new Chunk(bytes);
  const [kept, lost] = [decodeMessage(chunk), decodeMessage(chunk)];
  check("inPort", lost.inPort, 9);
  kept.own();
  chunk.epoch += 1;
  check("own", toHex(kept.data), "0102");
  for (const read of [() => lost.data, () => lost.match, () => lost.inPort]) {
    let code = "";
    try { read(); } catch (e) { code = e.code; }
    check("borrowed", code, "ERR_BORROWED");
  }
}
try { encodeMessage(Object.assign(new PacketOut(), { bufferId: -1 }), 4); check("range", "nothing", "thrown"); }
catch (e) { check("range", [e.code, e.message.includes("PacketOut.bufferId")], ["ERR_RANGE", true]); }
process.stdout.write(JSON.stringify(wrong));
`;

test("everything works with code generation forbidden", () => {
  expect(defaultMode()).toBe("specialised");
  const source = seededSource(20);
  const cases = VERSIONS.flatMap((version) =>
    messageClasses(version).flatMap(({ entryName: type }) =>
      Array.from({ length: 8 }, () => {
        const m = arbitraryMessage(source, version, { type });
        return { version, json: m.toJSON(), hex: toHex(encodeMessage(m, version)) };
      }),
    ),
  );
  const dir = built();
  try {
    writeFileSync(join(dir, "check.js"), SCRIPT);
    const said = execFileSync(process.execPath, ["--disallow-code-generation-from-strings", join(dir, "check.js")], {
      input: JSON.stringify(cases),
      encoding: "utf8",
    });
    expect(JSON.parse(said)).toEqual([]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test("a codec is made once for each version and mode", () => {
  for (const mode of ["specialised", "interpreted"] as const) expect(messageCodec(4, mode)).toBe(messageCodec(4, mode));
});
