import { chmodSync, statSync } from "node:fs";

/**
 * Takes the rights to the file from all but its owner (mode 0600), where the owner is this user; a file that does not exist
 * is closed to all. Where modes do not exist there is nothing to do.
 *
 * @returns a warning for the operator where others keep a right to it
 */
export function closeToOthers(path: string): string | undefined {
  const self = process.geteuid?.();
  const found = statSync(path, { throwIfNoEntry: false });
  if (self === undefined || found === undefined || (found.mode & 0o077) === 0) return undefined;
  if (found.uid !== self) return `${path} is open to others, and belongs to another user: let that one take their rights to it (mode 0600)`;
  try {
    chmodSync(path, 0o600);
    return undefined;
  } catch (error) {
    return `${path} is open to others, and their rights to it cannot be taken (${(error as NodeJS.ErrnoException).code}): do so by hand (mode 0600)`;
  }
}
