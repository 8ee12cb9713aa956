/** By which unique column what was typed at a login is looked up, and in which form. No username has an @, and every mail address has one. */
export function loginKey(login: string): readonly ["username" | "email", string] {
  const key = login.trim().toLowerCase();
  return [key.includes("@") ? "email" : "username", key];
}
