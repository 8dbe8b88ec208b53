// @ts-check
/**
 * The reference of messages, actions, instructions and match fields, made from the tables in src/ofp/ and the comments beside them.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { docOf, programOf } from "./program.mjs";

const NOTICE = "<!-- Made by `npm run docs` from the tables in src/ofp/; do not edit. -->";

const IN_TEXT = "*In text* is how `ovs-ofctl` and `parseFlow` write it: capitals stand for values, brackets for what may be left out.";

/** @param {string} text */
const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** @param {readonly number[]} versions - as 1.0, 1.3-1.5 */
function ranges(versions) {
  /** @type {string[]} */
  const out = [];
  for (let i = 0; i < versions.length; ) {
    let j = i;
    while (j + 1 < versions.length && versions[j + 1] === /** @type {number} */ (versions[j]) + 1) j++;
    const [from, to] = [`1.${/** @type {number} */ (versions[i]) - 1}`, `1.${/** @type {number} */ (versions[j]) - 1}`];
    out.push(from === to ? from : `${from}-${to}`);
    i = j + 1;
  }
  return out.join(", ");
}

/** The comments of all classes of the tables and of their fields. @param {string} root */
function comments(root) {
  const program = programOf(root);
  const checker = program.getTypeChecker();
  const text = (/** @type {ts.Symbol} */ symbol) => docOf(symbol, checker);
  /** @type {Map<string, {doc: string, fields: Map<string, string>}>} */
  const found = new Map();
  for (const source of program.getSourceFiles()) {
    if (!source.fileName.includes("/src/ofp/")) continue;
    for (const statement of source.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      for (const { name } of statement.declarationList.declarations) {
        const symbol = checker.getSymbolAtLocation(name);
        if (symbol === undefined) continue;
        const made = checker.getTypeOfSymbolAtLocation(symbol, name).getConstructSignatures()[0]?.getReturnType();
        if (made === undefined) continue;
        const fields = new Map(checker.getPropertiesOfType(made).map((p) => [p.name, text(p)]));
        found.set(symbol.name, { doc: text(symbol), fields });
      }
    }
  }
  return found;
}

/** The names of an enumeration's values or of the bits of flags, with their numbers. @param {{of: "values" | "bits", table: Record<string, number>}} names */
function namesOf({ of, table }) {
  const number = (/** @type {number} */ n) => (of === "bits" || n > 0xffff ? `0x${n.toString(16)}` : String(n));
  const entries = Object.entries(table).map(([name, n]) => `${name} ${number(n)}`);
  return entries.length === 0 ? "" : `(${entries.join(", ")})`;
}

/** What a field has when nothing is given, in a few characters. @param {any} field */
function initialOf({ init, kind }) {
  if (init === undefined || init === null) return "";
  if (typeof init === "bigint") return init > 0xffffn ? `0x${init.toString(16)}` : `${init}n`;
  if (typeof init === "number") {
    const name = kind.names?.of === "values" ? Object.entries(kind.names.table).find(([, n]) => n === init)?.[0] : undefined;
    return name ?? (init > 0xffff ? `0x${init.toString(16)}` : String(init));
  }
  if (typeof init === "string") return JSON.stringify(init);
  if (typeof init === "boolean") return String(init);
  if (Array.isArray(init) || ArrayBuffer.isView(init))
    return /** @type {any} */ (init).length === 0 ? "empty" : `${/** @type {any} */ (init).length} bytes`;
  return "empty";
}

/**
 * @param {any} type - a class of a table
 * @param {Map<string, {doc: string, fields: Map<string, string>}>} notes
 * @param {string} level - of its heading
 * @param {Readonly<Record<string, readonly string[]>>} forms - how each is written in text
 */
function section(type, notes, level, forms) {
  const note = notes.get(type.name);
  const lines = [`${level} ${type.name}`, "", `\`${type.entryName ?? type.name}\` · OpenFlow ${ranges(type.versions)}`, ""];
  if (note !== undefined && note.doc !== "") lines.push(note.doc, "");
  if (type.keyOf !== undefined) {
    /** @type {Map<string, number[]>} */
    const keys = new Map();
    for (const form of type.forms) {
      for (const version of [1, 2, 3, 4, 5, 6]) {
        const key = type.keyOf(version, form);
        if (key === undefined) continue;
        const shown = `${form === "" ? "" : `format \`${form}\`: `}${key.map((/** @type {number} */ k) => (k > 0xffff ? `0x${k.toString(16)}` : k)).join(" / ")}`;
        keys.set(shown, [...(keys.get(shown) ?? []), version]);
      }
    }
    lines.push(`Type on the wire: ${[...keys].map(([key, versions]) => `${key} (${ranges([...new Set(versions)])})`).join("; ")}.`, "");
  }
  const written = forms[type.entryName] ?? [];
  if (written.length > 0) lines.push(`In text: ${written.map((form) => `\`${form}\``).join(", ")}.`, "");
  const names = Object.keys(type.fields);
  if (names.length > 0) {
    lines.push("| field | kind | initial | versions | unit | what |", "|---|---|---|---|---|---|");
    for (const name of names) {
      const field = type.fields[name];
      const words = field.kind.names === undefined ? "" : ` ${namesOf(field.kind.names)}`;
      const what = note?.fields.get(name) ?? field.doc ?? "";
      lines.push(
        `| \`${name}\` | ${cell(field.kind.name)} | ${initialOf(field)} | ${ranges(type.versionsOf(name))} | ${field.unit ?? ""} | ${cell(`${what}${words}`.trim())} |`,
      );
    }
    lines.push("");
  }
  return lines.join("\n");
}

/**
 * The structures that classes hold, and those that these hold, that stand on no page of their own.
 * @param {readonly any[]} types
 * @param {ReadonlySet<any>} known
 */
function held(types, known) {
  const found = new Set();
  const visit = (/** @type {any} */ kind) => {
    if (kind === undefined || kind === null || found.has(kind) || known.has(kind)) return;
    if (kind.fields !== undefined) {
      found.add(kind);
      for (const field of Object.values(kind.fields)) visit(field.kind);
    } else if (kind.entries !== undefined && Array.isArray(kind.entries)) for (const entry of kind.entries) visit(entry);
    else visit(kind.element);
  };
  for (const type of types) for (const field of Object.values(type.fields)) visit(field.kind);
  return [...found];
}

/** A page of all classes of a table. */
function page(
  /** @type {string} */ title,
  /** @type {string} */ intro,
  /** @type {readonly any[]} */ types,
  /** @type {ReturnType<typeof comments>} */ notes,
  /** @type {Readonly<Record<string, readonly string[]>>} */ forms = {},
) {
  return `# ${title}\n\n${NOTICE}\n\n${intro}\n\n${types.map((type) => section(type, notes, "##", forms)).join("\n")}`;
}

/** In which versions a match has a field: in the structure of 1.0 and 1.1, and in the lists of fields of the later ones. @param {any} f */
function versionsOf(f) {
  const old = [1, 2].filter(
    (version) => f.ovs !== undefined && f.ovs[version === 1 ? "in10" : "in11"] !== "no" && !f.versions.includes(version),
  );
  return [old.length === 0 ? "" : `${ranges(old)} (structure)`, ranges(f.versions)].filter((part) => part !== "").join(", ");
}

/** Whether a field takes masks, and what the structures of 1.0 and 1.1 make of that. @param {any} f */
function maskOf(f) {
  if (f.maskable === "no") return "";
  const words = /** @type {Record<string, string>} */ ({ exact: "none", prefix: "prefixes" });
  const narrower = [1, 2].flatMap((version) => {
    const word = words[f.ovs?.[version === 1 ? "in10" : "in11"]];
    return word === undefined ? [] : [`${word} in 1.${version - 1}`];
  });
  return ["yes", ...narrower].join(", ");
}

const hex = (/** @type {number} */ n) => `0x${n.toString(16).padStart(4, "0")}`;

/** The classes that the pages list field by field, with the page of each. @param {string} root - the top folder of the clone, built @returns {Promise<ReadonlyMap<string, string>>} */
export async function tableClasses(root) {
  const ofp = await import(pathToFileURL(join(root, "dist", "ofp", "mod.js")).href);
  const { MESSAGES, ACTIONS, INSTRUCTIONS } = ofp;
  const tables = [...MESSAGES.entries, ...ACTIONS.entries, ...INSTRUCTIONS.entries];
  /** @type {Record<string, readonly any[]>} */
  const pages = {
    messages: MESSAGES.entries,
    actions: ACTIONS.entries,
    instructions: INSTRUCTIONS.entries,
    structures: held(tables, new Set(tables)),
  };
  return new Map(Object.entries(pages).flatMap(([page, types]) => types.map(({ name }) => [name, `${page}.md#${name.toLowerCase()}`])));
}

/**
 * The pages by their file names.
 * @param {string} root - the top folder of the clone, built
 * @returns {Promise<Record<string, string>>}
 */
export async function messagePages(root) {
  const ofp = await import(pathToFileURL(join(root, "dist", "ofp", "mod.js")).href);
  const text = await import(pathToFileURL(join(root, "dist", "ofp", "syntax", "mod.js")).href);
  const notes = comments(root);
  const tables = [...ofp.MESSAGES.entries, ...ofp.ACTIONS.entries, ...ofp.INSTRUCTIONS.entries];
  const structures = held(tables, new Set(tables));
  const fields = ofp.OXM_FIELDS.map((/** @type {any} */ f) => {
    const needs = Object.entries(f.requires).map(
      ([name, values]) => `${name}=${/** @type {number[]} */ (values).map((v) => `0x${v.toString(16)}`).join("\\|")}`,
    );
    if (f.tracked) needs.push("ctState");
    const headers = f.forms.map(
      (/** @type {any} */ form) => `${hex(form.experimenter === 0 ? form.oxmClass : form.experimenter)}:${form.id}`,
    );
    const bits = f.kind.size === 0 ? "" : f.bits;
    const names = new Set([...f.forms.map((/** @type {any} */ form) => form.name), ...f.words.names]);
    // meta-flow.h names a field by the first of its names, which is its title in ovs-fields(7)
    const title = f.ovs === undefined ? "" : `\`${f.words.names[0]}\`${f.ovs.late ? " (3.7)" : ""}`;
    return `| \`${f.name}\` | ${[...names].map((n) => `\`${n}\``).join(" ")} | ${title} | ${f.words.format} | ${cell(f.kind.name)} | ${bits} | ${maskOf(f)} | ${versionsOf(f)} | ${headers.join(", ")} | ${needs.join(", ")} |`;
  });
  return {
    "messages.md": page(
      "Messages",
      "Every message, one class per concept whatever the version. A field that a version lacks has to have its initial value there, or encoding it throws `ERR_UNSUPPORTED`. Every message has `xid` and, when it was received, `version`; multipart messages have `flags` besides.",
      ofp.MESSAGES.entries,
      notes,
    ),
    "structures.md": page("Structures", "What messages, actions and instructions hold: structures and properties.", structures, notes),
    "actions.md": page(
      "Actions",
      `Every action. One that no class describes is kept as its bytes. ${IN_TEXT} An action without such a line is printed, but not read: Open vSwitch does not have it, or its word is an instruction's.`,
      ofp.ACTIONS.entries,
      notes,
      text.actionForms(),
    ),
    "instructions.md": page(
      "Instructions",
      `Every instruction. In OpenFlow 1.0 the actions of a flow are one \`ApplyActions\`. ${IN_TEXT}`,
      ofp.INSTRUCTIONS.entries,
      notes,
      text.instructionForms(),
    ),
    "match-fields.md": `# Match fields

${NOTICE}

What \`Match.of\` takes. Addresses of 48 bits and ports are numbers, fields of 64 and 128 bits bigints, the options of tunnels bytes. A field with prerequisites means something only beside them.

The versions are those whose own lists of fields have it, and 1.0 and 1.1 where their structure of a match has a place for it; Nicira's messages have every field in every version. The headers are those by which a field is known, each an OXM class, or an experimenter's id,
and a number: all are understood in every version, and each version is sent its own. *In text* are the words that \`Match.parse\` and \`ovs-ofctl\` take; *ovs-fields* is Open vSwitch's own name, under which \`ovs-fields(7)\` describes the field;
*value* is how its value is written there.

| field | in text | ovs-fields | value | kind | bits | mask | versions | headers | needs |
|---|---|---|---|---|---|---|---|---|---|
${fields.join("\n")}
`,
  };
}
