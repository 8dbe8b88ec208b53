import { SouthboundError } from "../errors/mod.js";
import type { InterfaceWaitOptions } from "./interface-options.js";
import type { PacketPort } from "./packet-port.js";

/**
 * Resolves at an interface's next event. A wait for "writable" ends with the connection too, so that the caller looks again.
 * @param what - what is waited for, for the error's message
 * @throws SouthboundError, as a rejection: `ERR_CLOSED` when the interface is closed or closes, `ERR_ABORTED`
 */
export function waitForEvent(
  of: PacketPort,
  event: "connected" | "writable",
  what: string,
  { signal }: InterfaceWaitOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      for (const end of listening) end();
      signal?.removeEventListener("abort", aborted);
    };
    const succeed = (): void => {
      done();
      resolve();
    };
    const fail = (code: "ERR_CLOSED" | "ERR_ABORTED", options?: ErrorOptions): void => {
      done();
      reject(new SouthboundError(code, `memif ${of.name}: waiting for ${what} ended`, options));
    };
    const aborted = (): void => fail("ERR_ABORTED", { cause: signal?.reason });
    const listening = [of.on(event, succeed), of.on("closed", () => fail("ERR_CLOSED"))];
    if (event === "writable") listening.push(of.on("disconnected", succeed));
    signal?.addEventListener("abort", aborted, { once: true });
    if (of.state === "closed") fail("ERR_CLOSED");
    else if (signal?.aborted) aborted();
  });
}
