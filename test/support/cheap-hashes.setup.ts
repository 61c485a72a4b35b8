import { vi } from "vitest";

/*
 * A password's hash costs 20 ms and 19 MiB on purpose, and many tests make hundreds of accounts that are not about it. Its parameters stay
 * what they are, also in the text of a hash; only the derivation is cheap. A test of the hash itself says `vi.unmock("node:crypto")`.
 */
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const argon2: typeof crypto.argon2 = (algorithm, parameters, done) =>
    crypto.argon2(algorithm, { ...parameters, memory: 8, passes: 1 }, done);
  return { ...crypto, argon2 };
});
