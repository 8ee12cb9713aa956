// What a case of the behaviour suite works with: one way in, and people who came by it.
import { randomUUID } from "node:crypto";
import { AuthService } from "../../apps/cloud/src/gen/arcana/auth/v1/auth_pb.ts";
import { type UserRole, UserService } from "../../apps/cloud/src/gen/arcana/user/v1/user_pb.ts";
import type { Failure, Way } from "./ways.ts";

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
}

interface AuthData {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly user: { readonly id: string; readonly username: string; readonly email: string };
}

export const goodPassword = "correct horse battery";

export interface World {
  readonly way: Way;
  /** A superadmin, made at start-up. */
  readonly root: Person;
  /** Registers somebody new. */
  register(wishes?: { readonly username?: string; readonly email?: string; readonly password?: string }): Promise<Person>;
  /** Registers somebody new and gives them the role. */
  registerAs(role: UserRole): Promise<Person>;
  login(person: Pick<Person, "username" | "password">): Promise<Person>;
}

export function worldOf(way: Way, root: Person): World {
  const world: World = {
    way,
    root,
    async register(wishes = {}) {
      const unique = randomUUID().slice(0, 13).replace("-", "");
      const wanted = { username: `u${unique}`, email: `u${unique}@example.com`, password: goodPassword, ...wishes };
      return personOf(expectData(await way.call(AuthService.method.register, wanted)), wanted.password);
    },
    async registerAs(role) {
      const person = await world.register();
      expectData(await way.call(UserService.method.updateUserRole, { userId: person.id, role }, { token: root.token }));
      return world.login(person);
    },
    async login({ username, password }) {
      return personOf(expectData(await way.call(AuthService.method.login, { usernameOrEmail: username, password })), password);
    },
  };
  return world;
}

export function personOf(data: unknown, password: string): Person {
  const { access_token, refresh_token, user } = data as AuthData;
  return { id: user.id, username: user.username, email: user.email, password, token: access_token, refreshToken: refresh_token };
}

/** The answer. @throws where an error came instead. */
export function expectData(outcome: { readonly data?: unknown; readonly error?: Failure | undefined }): Record<string, unknown> {
  if (outcome.error !== undefined)
    throw new Error(`unexpected ${outcome.error.reason}: ${outcome.error.message} ${outcome.error.fields.join(", ")}`);
  return outcome.data as Record<string, unknown>;
}

/** The error. @throws where an answer came instead. */
export function expectError(outcome: { readonly data?: unknown; readonly error?: Failure | undefined }): Failure {
  if (outcome.error === undefined) throw new Error(`an error was expected, and came: ${JSON.stringify(outcome.data)}`);
  return outcome.error;
}
