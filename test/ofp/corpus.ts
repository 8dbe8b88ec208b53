/**
 * Reads test/ofp/corpus/*.txt: messages of our own, one file for each type. An entry is
 *
 * ```
 * version 1.3
 * hex
 *   0405000800000001
 * json
 *   {"type": "features-request", …}
 * text
 *   OFPT_FEATURES_REQUEST (OF1.3) (xid=0x1):
 * ```
 * each line of a part behind two spaces. `text` is what the real `ovs-ofctl ofp-print` prints of the bytes, which interop/codec.test.ts holds it to.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromHex } from "../../src/bytes/mod.js";
import type { Json, Version } from "../../src/schema/mod.js";

/** One message of the corpus. */
export interface CorpusEntry {
  /** The file and the line that it starts at, for messages. */
  readonly place: string;
  /** The type that the file is named after. */
  readonly type: string;
  readonly version: Version;
  readonly bytes: Uint8Array;
  readonly json: Json;
  /** With the newline at its end. */
  readonly text: string;
}

const DIR = join(dirname(fileURLToPath(import.meta.url)), "corpus");

/** Every entry of every file. Throws for a file that is not of the form. */
export function readCorpus(): CorpusEntry[] {
  return readdirSync(DIR)
    .filter((file) => file.endsWith(".txt"))
    .flatMap((file) => readFile(file));
}

function readFile(file: string): CorpusEntry[] {
  const lines = readFileSync(join(DIR, file), "utf8").trimEnd().split("\n");
  const starts = lines.flatMap((line, i) => (line.startsWith("version 1.") ? [i] : []));
  return starts.map((start, n) => {
    const place = `${file}:${start + 1}`;
    const parts: Record<string, string[]> = {};
    let part: string[] = [];
    for (const line of lines.slice(start + 1, starts[n + 1] ?? lines.length)) {
      if (/^(hex|json|text)$/.test(line)) {
        part = [];
        parts[line] = part;
      } else if (line === "" || line.startsWith("  ")) part.push(line.slice(2));
      else throw new Error(`${place}: ${JSON.stringify(line)} is of no part`);
    }
    const text = parts.text?.join("\n").trimEnd();
    if (parts.hex === undefined || parts.json === undefined || text === undefined) throw new Error(`${place}: a part is missing`);
    return {
      place,
      type: file.slice(0, -4),
      version: (Number(lines[start]!.slice(-1)) + 1) as Version,
      bytes: fromHex(parts.hex.join("")),
      json: JSON.parse(parts.json.join("\n")) as Json,
      text: `${text}\n`,
    };
  });
}
