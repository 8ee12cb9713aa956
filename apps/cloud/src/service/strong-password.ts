import { domainError } from "../domain/errors.ts";

/** Whether a password is too easily guessed for the account: a very common one, or the account's own name. */
export type IsWeakPassword = (password: string, account: { readonly username: string; readonly email: string }) => boolean;

/** @throws WEAK_PASSWORD, naming the request's field. */
export type RequireStrongPassword = (
  field: string,
  password: string,
  account: { readonly username: string; readonly email: string },
) => void;

export function createRequireStrongPassword(isWeakPassword: IsWeakPassword): RequireStrongPassword {
  return (field, password, account) => {
    if (!isWeakPassword(password, account)) return;
    const message = "is too easily guessed; choose another";
    throw domainError("WEAK_PASSWORD", `the password ${message}`, { violations: [{ field, message, code: "password.weak" }] });
  };
}
