import { checkOptions, type OptionTable } from "../errors/mod.js";
import { readLines, SyntaxFault } from "../ofp/syntax/mod.js";
import { type FlowRecord, RECORD_OPTIONS, type RecordOptions, recordOf } from "./record.js";

/** How a file of flows is read. */
export interface ReadOptions extends RecordOptions {
  /** What the text is called in faults; `-`, which is standard input, unless given. */
  readonly file?: string | undefined;
}

const READ_OPTIONS: OptionTable<ReadOptions> = { ...RECORD_OPTIONS, file: "string" };

/** The line before the flows of a dump, such as `OFPST_FLOW reply (OF1.3) (xid=0x2):`. */
const REPLY = /^\s*(?:OFPST|NXST|OFPT)_\w+ .*\(xid=0x[0-9a-f]+\):/i;

/**
 * The flows of a text: what `dump-flows` printed, with its counters, or a file that `add-flows` takes, a line each. Lines before the flows of a reply, empty lines and comments are left out.
 * @throws SyntaxFault `FILE:LINE: ` and what is wrong with that line
 */
export function readRecords(text: string, o: ReadOptions = {}): FlowRecord[] {
  checkOptions("readRecords", o, READ_OPTIONS);
  const found: FlowRecord[] = [];
  readLines(text, { file: o.file }, (line) => {
    if (REPLY.test(line)) return;
    // those of a capture or a log may have words of other messages between
    if (!/actions?=/.test(line)) throw new SyntaxFault("this line is no flow: it has no actions=", 0);
    found.push(recordOf(line, o));
  });
  return found;
}
