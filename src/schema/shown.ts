import { type Fields, isEmptyValue } from "./field.js";
import type { Kind } from "./kind.js";

/** What `console.log` of Node asks objects for. */
export const INSPECT = Symbol.for("nodejs.util.inspect.custom");

const ELEMENTS = 8;
const BYTES = 16;
const DEEPEST = 4;
let depth = 0;

/** Bytes: how many, and the first of them. */
function bytesText(bytes: Uint8Array): string {
  const hex = Array.from(bytes.subarray(0, BYTES), (b) => b.toString(16).padStart(2, "0")).join("");
  return bytes.length === 0 ? "none" : `${bytes.length} bytes ${hex}${bytes.length > BYTES ? "…" : ""}`;
}

/** One value as people read it: addresses, names of enumerations and flags instead of numbers. */
function valueText(kind: Kind<unknown>, value: unknown): string {
  if (value instanceof Uint8Array) return bytesText(value);
  if (Array.isArray(value)) {
    const some = value.slice(0, ELEMENTS).map((v) => (typeof v === "object" && v !== null ? String(v) : textOf(kind.element ?? kind, v)));
    return `[${[...some, ...(value.length > ELEMENTS ? [`… ${value.length - ELEMENTS} more`] : [])].join(", ")}]`;
  }
  if (typeof value === "object" && value !== null && Object.hasOwn(Object.getPrototypeOf(value) ?? {}, "toString")) return String(value);
  return textOf(kind, value);
}

function textOf(kind: Kind<unknown>, value: unknown): string {
  try {
    const json = kind.toJSON(value);
    if (Array.isArray(json)) return json.length === 0 ? "0" : json.join("|");
    return typeof json === "object" && json !== null
      ? JSON.stringify(json)
      : typeof value === "string"
        ? JSON.stringify(json)
        : String(json);
  } catch {
    return String(value);
  }
}

/** The fields of an object that have another value than their initial one, in one line: `{ priority: 5, match: { ethDst: 00:11:22:33:44:55 } }`. Fields whose bytes were given back say so. */
export function fieldsText(fields: Fields, value: Readonly<Record<string, unknown>>): string {
  if (depth >= DEEPEST) return "{ … }";
  depth += 1;
  try {
    const parts: string[] = [];
    for (const [name, field] of Object.entries(fields)) {
      try {
        const v = value[name];
        if (v === undefined || isEmptyValue(field, v)) continue;
        // what counts is read as a number, what identifies as bits
        const counts = typeof v === "bigint" && (field.unit !== undefined || "untold" in field);
        parts.push(`${name}: ${counts ? String(v) : valueText(field.kind as Kind<unknown>, v)}`);
      } catch {
        parts.push(`${name}: (its bytes were given back)`);
      }
    }
    return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
  } finally {
    depth -= 1;
  }
}
