import { checkOptions, type OptionTable, optionsIn, SouthboundError } from "../errors/mod.js";
import { CONNECT_OPTIONS, type ConnectOptions, connect, type Target } from "../stream/mod.js";
import { Vconn } from "./vconn.js";
import { VCONN_OPTIONS, type VconnOptions } from "./vconn-options.js";

/** How to connect and wait for it. */
export interface OpenOptions extends VconnOptions, Pick<ConnectOptions, "signal" | "timeout"> {
  /** Limits of the stream, and what its transport needs. */
  readonly stream?: Omit<ConnectOptions, "clock" | "signal" | "timeout"> | undefined;
  /** Given the connection before anything happens on it: set its slots here, so that no message is missed. `onUp` and `onClose` are this function's until it is connected. */
  readonly onVconn?: ((vconn: Vconn) => void) | undefined;
}

const OPEN_OPTIONS: OptionTable<OpenOptions> = {
  ...VCONN_OPTIONS,
  signal: "signal",
  timeout: "number",
  stream: CONNECT_OPTIONS,
  onVconn: "function",
};

/**
 * Connects to `target`, such as `tcp:127.0.0.1:6653`, and waits until the version is settled. `timeout` is for all of it; default: what the kernel and `helloTimeout` make of it.
 * @throws SouthboundError, as a rejection: the error that the connection ended with, such as `ECONNREFUSED`, `EPROTO`, `ETIMEDOUT`; `ERR_ABORTED`; `EAFNOSUPPORT` for a bad name
 */
export async function openVconn(target: string | Target, options: OpenOptions = {}): Promise<Vconn> {
  checkOptions("openVconn", options, OPEN_OPTIONS);
  const { signal, timeout, clock } = options;
  const stream = connect(target, { ...options.stream, clock, signal, timeout });
  const helloTimeout = options.helloTimeout ?? (timeout === undefined ? undefined : Math.max(timeout, 1));
  const vconn = new Vconn(stream, { ...optionsIn<VconnOptions>(options, VCONN_OPTIONS), helloTimeout });
  options.onVconn?.(vconn);
  return new Promise((resolve, reject) => {
    const aborted = (): void =>
      vconn.destroy(new SouthboundError("ERR_ABORTED", `connecting to ${vconn.name} was aborted`, { cause: signal?.reason }));
    const { onUp, onClose } = vconn;
    const settle = (): void => {
      signal?.removeEventListener("abort", aborted);
      vconn.onUp = onUp;
      vconn.onClose = onClose;
    };
    signal?.addEventListener("abort", aborted, { once: true });
    vconn.onUp = () => {
      settle();
      onUp?.();
      resolve(vconn);
    };
    vconn.onClose = (error) => {
      settle();
      onClose?.(error);
      reject(error ?? new SouthboundError("ERR_CLOSED", `${vconn.name}: closed before it was connected`));
    };
  });
}
