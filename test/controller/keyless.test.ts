/** TLS without keys is refused where it is asked for, by every way to listen and to connect. */
import { afterEach, expect, test } from "vitest";
import { Controller } from "../../src/controller/mod.js";
import { listen, TlsIdentity } from "../../src/stream/mod.js";
import { Switch } from "../../src/switch/mod.js";
import { listenVconn, openVconn, Rconn } from "../../src/vconn/mod.js";

const ends: AsyncDisposable[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end[Symbol.asyncDispose]();
});
const ending = <T extends AsyncDisposable>(made: T): T => {
  ends.push(made);
  return made;
};

const WAYS: Readonly<Record<string, () => unknown>> = {
  listen: () => listen("pssl:0:127.0.0.1", { onStream: () => {} }),
  "listen with an identity": () => listen("pssl:0:127.0.0.1", { tls: new TlsIdentity(), onStream: () => {} }),
  "listen again and again": () => listen("pssl:0:127.0.0.1", { retryInterval: 10, onStream: () => {} }),
  listenVconn: () => listenVconn("pssl:0:127.0.0.1", { onVconn: () => {} }),
  "Controller.listen": () => ending(new Controller()).listen("pssl:0:127.0.0.1"),
  "Switch.listen": () => ending(new Switch({ datapathId: 1n })).listen("pssl:0:127.0.0.1"),
  openVconn: () => openVconn("ssl:127.0.0.1:1"),
  "Rconn.connect": () => ending(new Rconn()).connect("ssl:127.0.0.1:1"),
  "Rconn.connect by the alias": () => ending(new Rconn()).connect("tls:127.0.0.1:1"),
  "Controller.connect": () => ending(new Controller()).connect("ssl:127.0.0.1:1"),
  "Switch.connect": () => ending(new Switch({ datapathId: 1n })).connect("ssl:127.0.0.1:1"),
};

test.each(Object.keys(WAYS))("%s", async (name) => {
  await expect((async () => WAYS[name]!())()).rejects.toMatchObject({
    code: "ENOPROTOOPT",
    message: expect.stringMatching(
      /p?ssl:.*: Private key must be configured to use SSL; .*; give privateKey, certificate and caCert to a TlsIdentity, in the option tls, or to defaultTls\.set\(\)/,
    ),
  });
});
