import { DecodeError, SouthboundError } from "../errors/mod.js";
import { boundedEnd, type Codec, type Field, fail, field, type Kind, nestedKind, type UnknownElement, versionName } from "../schema/mod.js";
import { BarrierRequest } from "./basic.js";
import { HEADER_SIZE } from "./ids.js";
import type { MessageBase } from "./message.js";

/** A message that another one carries. */
export type NestedMessage = MessageBase<string> | UnknownElement;

const LENGTH = "OFPBFC_MSG_BAD_LEN";

/** Where a message within a message ends, by its own header. */
export function nestedEnd(c: Parameters<Codec<unknown>["extent"]>[0], p: number, end: number): number {
  if (end - p < HEADER_SIZE) fail(LENGTH, "the message within is cut short", p);
  return boundedEnd(p, end, HEADER_SIZE, c.dv.getUint16(p + 2), LENGTH);
}

/** Why a message that was received in one version is not sent within one of another. */
function unsayable(value: NestedMessage, version: number, e: unknown): unknown {
  const why = e instanceof DecodeError || (SouthboundError.is(e) && e.code === "ERR_RANGE") ? e.message : undefined;
  if (why === undefined) return e;
  return new SouthboundError(
    "ERR_UNSUPPORTED",
    `the ${value.type} within, which was received in OpenFlow ${versionName((value as MessageBase<string>).version)}, cannot be said in OpenFlow ${versionName(version)}: ${why}`,
    { cause: e },
  );
}

/**
 * A message within a message: it has the version of the one that holds it, and is refused where it cannot be said in that. OpenFlow 1.4 §7.3.9.6, §7.4.6
 * @param messages - the table of all messages, which holds messages that hold messages: asked for when the first one is read or written
 */
export function messageWithin(messages: () => Kind<NestedMessage>): Kind<NestedMessage> {
  const nested = nestedKind("message", messages, LENGTH);
  return {
    name: "nestedMessage",
    size: 0,
    get element() {
      return messages() as Kind<unknown>;
    },
    codec(version, mode) {
      const inner = nested.codec(version, mode);
      return {
        extent: nestedEnd,
        decode(c, p, end) {
          const e = nestedEnd(c, p, end);
          if (c.dv.getUint8(p) !== version) fail("OFPBFC_BAD_VERSION", `the message within has wire version ${c.dv.getUint8(p)}`, p);
          if (e !== end) fail(LENGTH, "bytes behind the message within", e);
          return inner.decode(c, p, e);
        },
        encode(c, p, value) {
          const { version: from = 0 } = value as { readonly version?: number };
          if (from === 0 || from === version) return inner.encode(c, p, value);
          try {
            const end = inner.encode(c, p, value);
            // what no table describes goes out as its bytes, which may mean something else in this version
            inner.decode(c, p, end);
            return end;
          } catch (e) {
            throw unsayable(value, version, e);
          }
        },
      };
    },
    toJSON: nested.toJSON,
    fromJSON: nested.fromJSON,
  };
}

/** A field that holds a message of the kind that {@link messageWithin} makes; a barrier request unless given. */
export function nestedMessage(kind: Kind<NestedMessage>): Field<NestedMessage> {
  let init: NestedMessage | undefined;
  const made: Field<NestedMessage> = field(kind, undefined as never);
  return Object.defineProperty(made, "init", {
    enumerable: true,
    get() {
      init ??= Object.freeze(BarrierRequest.of()) as NestedMessage;
      return init;
    },
  });
}
