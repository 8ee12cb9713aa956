import type { ArcanaError } from "@arcana/framework/error";
import { domainError } from "../domain/errors.ts";

/** Whose password it is to be. */
interface PasswordOwner {
  readonly username: string;
  readonly email: string;
}

/** Whether a password is among those that are guessed first. */
export type IsWeakPassword = (password: string, owner: PasswordOwner) => boolean;

/** @throws WEAK_PASSWORD, naming the request's field, for a weak password or the owner's own name or address. */
export type RequireStrongPassword = (field: string, password: string, owner: PasswordOwner) => void;

export function createRequireStrongPassword(isWeakPassword: IsWeakPassword): RequireStrongPassword {
  return (field, password, owner) => {
    if (isOwnName(password, owner) || isWeakPassword(password, owner)) throw weakPassword(field);
  };
}

function isOwnName(password: string, { username, email }: PasswordOwner): boolean {
  const names = [username, email, email.slice(0, email.lastIndexOf("@"))];
  return names.some((name) => name.toLowerCase() === password.toLowerCase());
}

function weakPassword(field: string): ArcanaError {
  const message = "is too easily guessed; choose another";
  return domainError("WEAK_PASSWORD", `the password ${message}`, { violations: [{ field, message, code: "password.weak" }] });
}
