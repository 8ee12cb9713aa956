// A small client of the REST interface, for tests of whole processes.
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly data?: Record<string, unknown>; readonly error?: { readonly code: string } } & Record<string, unknown>;
}

export async function call(
  port: number,
  method: string,
  path: string,
  options: { readonly body?: unknown; readonly token?: string } = {},
): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      // A connection of its own for each call: with several workers, perhaps a worker of its own.
      connection: "close",
      ...(options.body !== undefined && { "content-type": "application/json" }),
      ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
    },
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? {} : (JSON.parse(text) as Answer["body"]) };
}

export const password = "correct horse battery";

/** Registers somebody and gives their tokens. */
export async function register(
  port: number,
  username: string,
): Promise<{ readonly id: string; readonly token: string; readonly refreshToken: string }> {
  const { status, body } = await call(port, "POST", "/api/v1/auth/register", {
    body: { username, email: `${username}@example.com`, password },
  });
  const { data } = body;
  if (data === undefined) throw new Error(`registration failed with ${status}: ${JSON.stringify(body)}`);
  return { id: (data.user as { id: string }).id, token: data.access_token as string, refreshToken: data.refresh_token as string };
}
