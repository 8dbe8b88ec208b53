/** The blocks of the guides that need real programs. See test/guides/blocks.ts. */
import { afterAll, beforeAll } from "vitest";
import { blocksOf, PAGES } from "../test/guides/blocks.js";
import { Project } from "../test/guides/run-block.js";
import { type PeerName, withPeers } from "./harness/peers.js";

for (const page of PAGES) {
  const blocks = blocksOf(page).filter(({ heldBy, needs }) => heldBy === undefined && needs.length > 0);
  if (blocks.length === 0) continue;
  let project: Project;
  beforeAll(async () => {
    project = await Project.make(page);
  });
  afterAll(() => project[Symbol.dispose]());
  for (const block of blocks) withPeers(block.needs as PeerName[]).test(`${page}, block of line ${block.line}`, () => project.run(block));
}
