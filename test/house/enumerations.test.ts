/** Holds that members of enumerations are spelt one way in all doors: `EtherType.Ipv4`, as `PortNo.Controller`. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { doors, ROOT } from "./sources.js";

/** Tables of options and of codes are named in capitals and enumerate nothing. */
const isEnumeration = ([name, value]: readonly [string, unknown]): boolean =>
  /^[A-Z][A-Za-z0-9]*[a-z]/.test(name) &&
  typeof value === "object" &&
  value !== null &&
  Object.values(value).length > 0 &&
  Object.values(value).every((member) => ["number", "bigint", "string"].includes(typeof member));

/** The members that are not spelt as `Ipv4`, `10MbHd` or `A`. A reverse mapping has numbers for keys. */
const wrong = (members: object): string[] =>
  Object.keys(members).filter((member) => !/^(?:[A-Z]|[0-9]*[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*|[A-Z][0-9]+|[0-9]+)$/.test(member));

test("members of enumerations begin with a capital, and have no underscores", async () => {
  const found: string[] = [];
  let enumerations = 0;
  for (const { subpath, file } of doors()) {
    for (const entry of Object.entries((await import(join(ROOT, file))) as object)) {
      if (!isEnumeration(entry)) continue;
      enumerations++;
      found.push(...wrong(entry[1] as object).map((member) => `${subpath} ${entry[0]}.${member}`));
    }
  }
  expect(found).toEqual([]);
  expect(enumerations).toBeGreaterThan(50);
});

test("other spellings are found", () => {
  expect(wrong({ IPV4: 1, NO_NEXT: 2, tcp: 3, Tcp: 4, Icmpv6: 5, No_Next: 6 })).toEqual(["IPV4", "NO_NEXT", "tcp", "No_Next"]);
});
