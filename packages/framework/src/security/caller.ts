/** Who calls: what a verified access token says. */
export interface Caller {
  readonly userId: string;
  /** The session the token belongs to (`sid`). */
  readonly sessionId: string;
  readonly role: string;
  /** The token's own id (`jti`). */
  readonly tokenId: string;
  /** When the token ends, in milliseconds since the epoch. */
  readonly expiresAtMs: number;
}
