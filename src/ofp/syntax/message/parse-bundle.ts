import { checkOptions, type OptionTable } from "../../../errors/mod.js";
import type { Version } from "../../../schema/mod.js";
import type { FlowMod } from "../../flow/flow-mod.js";
import type { GroupMod } from "../../group/group.js";
import type { PacketOut } from "../../packet/packet-out.js";
import { FlowText } from "../flow/parse-flow.js";
import { GroupText } from "../group/parse-group.js";
import { PacketOutText } from "../packet/parse-packet-out.js";
import { commandWord } from "../parse/command-word.js";
import { LINE_OPTIONS, type LineOptions, readLines } from "../parse/lines.js";
import type { SyntaxOptions } from "../parse/options.js";
import { SYNTAX_OPTIONS } from "../parse/options.js";
import { ANY_PROTOCOL, chooseProtocol, SINCE_13, versionOfProtocol } from "../parse/protocols.js";
import { readAt, refuseName } from "../parse/syntax-fault.js";

const WORDS = ["flow", "group", "packet-out"] as const;

type Part = FlowText | GroupText | PacketOutText;

function readPart(line: string, o: SyntaxOptions): Part {
  const { word, at, token } = commandWord(line, 0, WORDS);
  const rest = line.slice(at);
  const options = { ports: o.ports, tables: o.tables, command: "any" } as const;
  return readAt(at, () => {
    if (word === "flow") return new FlowText(rest, options);
    if (word === "group") return new GroupText(rest, options);
    if (word === "packet-out") return new PacketOutText(rest, options);
    return refuseName(`Unsupported bundle message type: ${token}`, token, WORDS);
  });
}

/** The messages of a bundle as a file of `ovs-ofctl bundle` has them, before it is known in which version they will be sent. */
export class BundleText {
  readonly parts: readonly Part[];
  /** The protocols that can have all of them: see `Protocol`. There are no bundles before OpenFlow 1.3. */
  readonly protocols: number;

  /** Reads a file: lines that begin with `flow`, `group` or `packet-out`. Throws {@link SyntaxFault}. */
  constructor(text: string, o: BundleTextOptions = {}) {
    checkOptions("BundleText", o, BUNDLE_TEXT_OPTIONS);
    this.parts = readLines(text, o, (line) => readPart(line, o));
    this.protocols = this.parts.reduce((all, part) => all & part.protocols, ANY_PROTOCOL) & SINCE_13;
  }

  /** The messages by which a protocol says it. */
  messages(protocol: number): (FlowMod | GroupMod | PacketOut)[] {
    const version = versionOfProtocol(protocol);
    return this.parts.map((part) =>
      part instanceof FlowText ? part.mod(protocol) : part instanceof GroupText ? part.mod(version) : part.message(version),
    );
  }
}

/** How the messages of a bundle are read. */
export interface BundleTextOptions extends SyntaxOptions, LineOptions {}

/** What {@link BundleTextOptions} has, for its check. */
export const BUNDLE_TEXT_OPTIONS: OptionTable<BundleTextOptions> = { ...SYNTAX_OPTIONS, ...LINE_OPTIONS };

/** How the messages of a bundle are read for one version. */
export interface BundleSyntaxOptions extends BundleTextOptions {
  /** 4 (OpenFlow 1.3), the first one with bundles, unless given. */
  readonly version?: Version | undefined;
}

/** What {@link BundleSyntaxOptions} has, for its check. */
export const BUNDLE_SYNTAX_OPTIONS: OptionTable<BundleSyntaxOptions> = { ...BUNDLE_TEXT_OPTIONS, version: "number" };

/**
 * The messages that a text for `ovs-ofctl bundle` stands for: a line each, such as `flow add priority=5,actions=drop`, `group delete group_id=1` or `packet-out in_port=1,packet=…,actions=output:2`.
 * @throws SyntaxFault `ERR_SYNTAX` with the words of `ovs-ofctl`
 */
export function parseBundle(text: string, o: BundleSyntaxOptions = {}): (FlowMod | GroupMod | PacketOut)[] {
  checkOptions("parseBundle", o, BUNDLE_SYNTAX_OPTIONS);
  const bundle = new BundleText(text, o);
  return bundle.messages(chooseProtocol(bundle.protocols, o.version ?? 4));
}
