import { Command } from "commander";
import { dumpCommand } from "./memif/dump.js";
import { responderCommand } from "./memif/responder.js";
import type { Role } from "./memif/role.js";
import { sendCommand } from "./memif/send.js";
import { showCommand } from "./memif/show.js";

const ROLES: Readonly<Record<Role, string>> = {
  server: "Listen at the socket, and work in the memory that a client makes.",
  client: "Connect to the socket, again whenever the connection is lost, and make the memory.",
};
const ACTIONS = [responderCommand, sendCommand, dumpCommand, showCommand];

/** `southbound memif ROLE ACTION`: an end of a memif connection that does one thing. */
export function memifCommand(): Command {
  const command = new Command("memif")
    .description("Exchange packets with another process through shared memory (memif 2.0): with DPDK, VPP, Open vSwitch.")
    .addHelpText(
      "after",
      `
Examples:
  southbound memif server responder --socket /run/memif.sock --address 192.0.2.1/24
  southbound memif client send --socket /run/memif.sock --rate 100000 --size 64
  southbound memif server dump --socket /run/memif.sock | tshark -r -
  southbound memif client show --socket @abstract --queues 2 --polling
  dpdk-testpmd --no-huge -m 256 --no-pci --vdev=net_memif0,role=client,socket=/run/memif.sock,socket-abstract=no`,
    );
  for (const [role, description] of Object.entries(ROLES) as [Role, string][]) {
    const sub = new Command(role).description(description);
    for (const make of ACTIONS) sub.addCommand(make(role));
    command.addCommand(sub);
  }
  return command;
}
