/** One end of a connection. */
export interface Endpoint {
  /** As Open vSwitch writes it, such as `tcp:[::1]:6653`; empty where the end has no name. */
  readonly name: string;
  /** The address without brackets, or before there is a connection the host's name that is connected to; undefined where the transport has no addresses. */
  readonly address: string | undefined;
  /** The port; undefined where the transport has none. */
  readonly port: number | undefined;
}

/** Takes the name of a stream's end apart. Any text will do. */
export function endpoint(name: string): Endpoint {
  const found = /^[a-z][a-z0-9+-]*:(?:\[([^\]]+)\]|([^:/]+)):(\d{1,5})$/.exec(name);
  return { name, address: found?.[1] ?? found?.[2], port: found === null ? undefined : Number(found[3]) };
}
