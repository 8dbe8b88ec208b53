import { checkOptions, type OptionTable } from "../errors/mod.js";
import { messageCases } from "./vconn-suite-messages.js";
import { negotiationCases } from "./vconn-suite-negotiation.js";
import { requestCases } from "./vconn-suite-requests.js";
import { Cases, type SuiteCase, type VconnFixture } from "./vconn-suite-run.js";

export type { SuiteCase, VconnFixture } from "./vconn-suite-run.js";

/**
 * The cases that every transport of an OpenFlow connection has to pass: those of Open vSwitch's own suite for vconns, negotiation to the byte, echo, framing, transactions, dumps,
 * bundles. Free of any framework: `for (const c of vconnSuite(fixture)) test(c.name, c.run)`. The cases run one after the other, in any order.
 */
export function vconnSuite(fixture: VconnFixture): readonly SuiteCase[] {
  const cases = new Cases(fixture);
  return [...negotiationCases(cases), ...messageCases(cases), ...requestCases(cases)];
}

/** The two functions of a test framework that {@link registerVconnSuite} needs. */
export interface SuiteRunner {
  describe(name: string, body: () => void): void;
  it(name: string, run: () => Promise<void>): void;
}

/** How what is received is cut: as it comes, a byte at a time, and in pieces that fit nothing. */
const PIECES: Readonly<Record<string, readonly number[] | undefined>> = {
  "as it comes": undefined,
  "byte by byte": [1],
  "in odd pieces": [3, 1, 7, 2, 11, 64, 5],
};

const FIXTURE: OptionTable<Omit<VconnFixture, "sizes">> = { pair: "function!", refused: "function" };

/**
 * Registers all cases for a transport with a test framework, once for each way in which what is received may be cut: `registerVconnSuite("tcp", { pair }, { describe, it: test })`.
 * @param name - the transport's, for the report
 */
export function registerVconnSuite(name: string, fixture: Omit<VconnFixture, "sizes">, { describe, it }: SuiteRunner): void {
  checkOptions("registerVconnSuite", fixture, FIXTURE);
  for (const [how, sizes] of Object.entries(PIECES))
    describe(`vconn over ${name}, ${how}`, () => {
      for (const c of vconnSuite({ ...fixture, sizes })) it(c.name, () => c.run());
    });
}
