import { Chunk } from "../../bytes/mod.js";
import { OXM, type OxmField, PortNo } from "../../ofp/mod.js";
import { FlowKey, flowKey } from "../../packet/mod.js";
import { packKey } from "./flow-words.js";
import { BYTES_AT, IN_PORT_AT, type Place, placeOf, putValue, valueAt, WORDS } from "./places.js";

const ACTSET_OUTPUT_AT = placeOf(OXM.actsetOutput as OxmField)!.at;
const METADATA = placeOf(OXM.metadata as OxmField)!;

/** A packet as it was, to go on with later. */
export interface Saved {
  readonly frame: Uint8Array;
  /** The fields that go along with it. */
  readonly beside: Int32Array;
}

/**
 * A frame on its way through the tables, and what goes along with it. The bytes it was made from are never changed: the first edit copies them, and so does the first one after
 * the frame was handed out.
 */
export class Packet {
  /** The frame: all of the chunk. Read it again after an edit. */
  chunk: Chunk;
  /** The frame's fields; after an edit they are those from before, until {@link reparse}. */
  readonly key: FlowKey = new FlowKey();
  /** Whether any field that goes along with it was written, but the port. */
  marked = false;
  readonly #words: Int32Array = new Int32Array(WORDS);
  #shared = true;
  /** Whether the frame was changed since its fields were read, and since they were laid out as words. */
  #keyStale = false;
  #stale = true;

  /** @param frame - not changed */
  constructor(frame: Uint8Array, inPort: number) {
    this.chunk = new Chunk(frame);
    this.#words[IN_PORT_AT] = inPort;
    this.#words[ACTSET_OUTPUT_AT] = PortNo.Unset;
    flowKey(this.chunk, 0, frame.length, inPort, this.key);
  }

  /** The port that it came in by, or that a look-up takes it to have come in by. */
  get inPort(): number {
    return this.#words[IN_PORT_AT]! >>> 0;
  }

  set inPort(port: number) {
    this.#words[IN_PORT_AT] = port;
  }

  /** The port that its action set would send it to. */
  set actsetOutput(port: number) {
    this.#words[ACTSET_OUTPUT_AT] = port;
  }

  /** How many bytes the frame has. */
  get length(): number {
    return this.chunk.u8.length;
  }

  /** The frame for somebody else to keep. */
  share(): Uint8Array {
    this.#shared = true;
    return this.chunk.u8;
  }

  /** The frame's chunk, to be changed in place. */
  edit(): Chunk {
    if (this.#shared) this.replace(this.chunk.u8.slice());
    this.#keyStale = true;
    return this.chunk;
  }

  /** Puts another frame in its place. @param frame - belongs to the packet from now on */
  replace(frame: Uint8Array): void {
    this.chunk = new Chunk(frame);
    this.#shared = false;
    this.#keyStale = true;
  }

  /** Reads the fields of the frame again. */
  reparse(): void {
    flowKey(this.chunk, 0, this.chunk.u8.length, this.inPort, this.key);
    this.#keyStale = false;
    this.#stale = true;
  }

  /** The match fields as they are now, for a table. */
  words(): Int32Array {
    if (this.#keyStale) this.reparse();
    if (this.#stale) {
      packKey(this.key, this.#words);
      this.#stale = false;
    }
    return this.#words;
  }

  /** The value of a field, 0 where the packet does not have it. */
  get(place: Place): number | bigint {
    return valueAt(place.beside ? this.#words : this.words(), place);
  }

  /** The value of a field by its row; 0 for one that this switch does not look at. */
  valueOf(field: OxmField): number | bigint {
    const place = placeOf(field);
    return place === undefined ? 0 : this.get(place);
  }

  /** Writes a field that goes along with the packet. */
  mark(place: Place, value: number | bigint): void {
    this.marked = true;
    putValue(this.#words, place, value);
  }

  /** Sets bits of the metadata. */
  writeMetadata(value: bigint, mask: bigint): void {
    this.mark(METADATA, ((this.get(METADATA) as bigint) & ~mask) | (value & mask));
  }

  /** The packet as it is now, which {@link restore} makes of it again. */
  save(): Saved {
    return { frame: this.share(), beside: this.#words.slice(0, BYTES_AT) };
  }

  restore({ frame, beside }: Saved): void {
    if (this.chunk.u8 !== frame) {
      this.chunk = new Chunk(frame);
      this.#shared = true;
      this.reparse();
    }
    this.#words.set(beside);
  }

  /** Another packet with the same frame, and with what goes along with it. */
  copy(): Packet {
    const made = new Packet(this.share(), this.inPort);
    made.#words.set(this.#words.subarray(0, BYTES_AT));
    made.marked = this.marked;
    return made;
  }
}
