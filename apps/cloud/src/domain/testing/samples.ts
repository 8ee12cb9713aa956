/** Users to test with. */
import { parseEmail } from "../email.ts";
import { parseUserId } from "../id.ts";
import type { Actor, User } from "../user.ts";
import { parseUsername } from "../username.ts";

/** The UUIDv7 with this number at its end. */
export function sampleId(number: number): string {
  return `0192d3a0-7c1e-7b3a-8f00-${number.toString(16).padStart(12, "0")}`;
}

export const sampleTime = new Date("2026-01-01T00:00:00.000Z");

let count = 0;

/** An active user of the lowest role, unlike any other made here, with the values given instead. */
export function sampleUser(values: Partial<User> = {}): User {
  count += 1;
  return {
    id: parseUserId(sampleId(count)),
    username: parseUsername(`sample${count}`),
    email: parseEmail(`sample${count}@example.com`),
    firstName: "Sam",
    lastName: "Ple",
    role: "user",
    status: "active",
    emailVerified: false,
    avatarUrl: undefined,
    lastLoginAt: undefined,
    createdAt: sampleTime,
    updatedAt: sampleTime,
    ...values,
  };
}

export function sampleActor(role: Actor["role"]): Actor {
  const { id } = sampleUser();
  return { id, role };
}
