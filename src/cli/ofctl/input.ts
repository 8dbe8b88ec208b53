import { readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** All of standard input. The program goes on meanwhile, so that a time limit and signals reach it however long nothing comes. */
export async function standardInput(): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** The bytes of a file, or of standard input for `-`. What is no regular file may let us wait as well. Rejects with the error of the system. */
export function bytesOfFile(file: string): Promise<Buffer> {
  if (file === "-") return standardInput();
  return statSync(file).isFile() ? Promise.resolve(readFileSync(file)) : readFile(file);
}
