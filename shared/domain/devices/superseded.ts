import * as z from "zod";
import { DomainError } from "../terms/errors.ts";

/**
 * A token that a device had before its computer, or a copy of it, enrolled again. A device remembers its last ones, so that a call with one
 * of them can be told what happened.
 */
export const Superseded = z.object({
  hash: z.string(),
  /** The name of the computer that held it. */
  name: z.string(),
  /** When it was superseded, and the name of the computer that did it. */
  at: z.string(),
  by: z.string(),
  /** Somebody has decided about it: it raises nothing any more. */
  settled: z.boolean().default(false),
  /** The device that its computer has become. */
  movedTo: z.string().optional(),
});
export type Superseded = z.infer<typeof Superseded>;

/** Tokens that a device remembers, and for how long. */
const keptAtMost = 5;
const keptMs = 180 * 86_400_000;

/** What a device remembers once its present token is superseded, the last first. */
export const remember = (known: readonly Superseded[], token: Superseded, nowMs: number): Superseded[] =>
  [token, ...known.filter(({ at }) => Date.parse(at) > nowMs - keptMs)].slice(0, keptAtMost);

/** The answer to a token that was superseded: when, and by which computer. */
export const credentialSuperseded = ({ at, by }: Pick<Superseded, "at" | "by">): DomainError =>
  new DomainError(
    "credential_superseded",
    `The computer ${by} has enrolled as this device at ${at}; this token has not been valid since. If that is another computer, somebody who manages the device can make it two.`,
  );
