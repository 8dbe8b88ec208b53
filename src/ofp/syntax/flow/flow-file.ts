import { checkOptions, type OptionTable, optionsIn, SouthboundError } from "../../../errors/mod.js";
import { EncodedMessages } from "../../encoded-messages.js";
import { type FlowImage, withImage } from "../../oxm/flow-image.js";
import { readLines } from "../parse/lines.js";
import type { SyntaxOptions } from "../parse/options.js";
import { ANY_PROTOCOL, versionOfProtocol } from "../parse/protocols.js";
import { FLOW_TEXT_OPTIONS, FlowText, type FlowTextOptions } from "./parse-flow.js";

/** How a file of flows is read. */
export interface FlowFileOptions extends FlowTextOptions {
  /** What the text is called in faults; `-`, which is standard input, unless given. */
  readonly file?: string | undefined;
  /**
   * The protocol in which the flows will be sent, most likely, for the protocols that can have those so far: they are encoded for it while they are read. 0, and for whatever is left out: none is, so that
   * {@link FlowFile.mods} reads the text again.
   */
  readonly guess?: ((protocols: number) => number) | undefined;
  /** Called with each flow when the text is read for the first time, which is only good until the function returns. */
  readonly onFlow?: ((flow: FlowText) => void) | undefined;
}

/** What {@link FlowFileOptions} has, for its check. */
export const FLOW_FILE_OPTIONS: OptionTable<FlowFileOptions> = {
  ...FLOW_TEXT_OPTIONS,
  file: "string",
  guess: "function",
  onFlow: "function",
};

/**
 * The flows of a text, a line each, for files of any length: of each flow nothing is kept but the bytes of its flow-mod. Comments begin with `#`.
 */
export class FlowFile {
  /** The protocols that can have all of the flows: see `Protocol`. */
  readonly protocols: number;
  readonly #text: string;
  readonly #options: FlowFileOptions;
  #protocol = 0;
  #mods: EncodedMessages | undefined;

  /** Reads the text. Throws {@link SyntaxFault}. */
  constructor(text: string, o: FlowFileOptions = {}) {
    checkOptions("FlowFile", o, FLOW_FILE_OPTIONS);
    this.#text = text;
    this.#options = o;
    const { guess, onFlow } = o;
    let protocols = ANY_PROTOCOL;
    let protocol = guess?.(protocols) ?? 0;
    let mods = protocol === 0 ? undefined : new EncodedMessages(versionOfProtocol(protocol));
    this.#each(o, (flow) => {
      onFlow?.(flow);
      const now = protocols & flow.protocols;
      if (mods !== undefined && now !== protocols && guess!(now) !== protocol) mods = undefined;
      protocols = now;
      try {
        mods?.push(flow.mod(protocol));
      } catch (e) {
        // what is wrong with a later line comes first
        if (!SouthboundError.is(e)) throw e;
        mods = undefined;
      }
    });
    this.protocols = protocols;
    if (mods === undefined) protocol = 0;
    this.#protocol = protocol;
    this.#mods = mods;
  }

  /** How the names in it are read. */
  get names(): SyntaxOptions {
    const { ports, tables } = this.#options;
    return { ports, tables };
  }

  /** Reads the text again, and gives each flow to a function, for as long as that runs, with its line. */
  each(take: (flow: FlowText, line: string) => void): void {
    // what is logged of it was logged before
    this.#each({ ...this.#options, log: undefined }, take);
  }

  #each(o: FlowFileOptions, take: (flow: FlowText, line: string) => void): void {
    const { file } = o;
    const own = optionsIn(o, FLOW_TEXT_OPTIONS);
    withImage((image: FlowImage) => {
      readLines(this.#text, { file }, (line) => {
        image.clear();
        take(new FlowText(line, own, image), line);
      });
    });
  }

  /**
   * The flow-mods by which a protocol says it.
   * @throws SouthboundError `ERR_UNSUPPORTED`, `ERR_RANGE` for a flow that the version cannot express
   */
  mods(protocol: number): EncodedMessages {
    if (this.#mods !== undefined && this.#protocol === protocol) return this.#mods;
    const mods = new EncodedMessages(versionOfProtocol(protocol));
    this.each((flow) => mods.push(flow.mod(protocol)));
    this.#protocol = protocol;
    this.#mods = mods;
    return mods;
  }
}
