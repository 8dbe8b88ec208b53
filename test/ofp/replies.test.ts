/** The table of requests and replies is complete. */
import { expect, test } from "vitest";
import { isReply, isRequest, listOfReply, MESSAGES, messageKind, REPLIES } from "../../src/ofp/mod.js";
import type { Kind } from "../../src/schema/mod.js";

const types = MESSAGES.entries.map((e) => e.entryName as string);

test("every request has its reply in the table, and every reply its request", () => {
  const requests = types.filter((t) => t.endsWith("-request") || t === "experimenter" || t === "bundle-control");
  expect(types.filter(isRequest).sort()).toEqual(requests.sort());
  const replies = types.filter((t) => t.endsWith("-reply") && t !== "experimenter-stats-reply");
  expect(types.filter((t) => isReply(t) && t !== "bundle-control").sort()).toEqual(replies.sort());
  for (const type of types.filter((t) => t.endsWith("-reply") || t === "error")) expect(messageKind(type), type).toBe("response");
});

test("a reply that is one list is named with its list", () => {
  const named = Object.fromEntries(REPLIES.flatMap(([request]) => [[request.entryName, listOfReply(request.entryName)]]));
  for (const [request, reply] of REPLIES) {
    const { fields = {} } = reply as { readonly fields?: Readonly<Record<string, { readonly kind: Kind<unknown> }>> };
    const lists = Object.keys(fields).filter((name) => fields[name]!.kind.element !== undefined);
    const joined = Object.keys(fields).length === lists.length && lists.length === 1 ? lists[0] : named[request.entryName];
    expect(named[request.entryName], request.entryName).toBe(joined);
  }
});
