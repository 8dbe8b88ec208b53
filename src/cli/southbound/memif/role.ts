/** Which end of the connection a command is. */
export type Role = "server" | "client";
