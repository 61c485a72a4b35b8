import * as z from "zod";
import { normaliseName } from "../terms/names.ts";
import { line } from "../terms/text.ts";

/** A normalised login is a partition key of its own, with room to spare below DynamoDB's 2,048 bytes. */
const maxNormalisedBytes = 800;

/** The form in which login names are compared over the whole installation: NFKC, case-folded, without invisible characters. */
export const normaliseLogin = (username: string): string => normaliseName(username);

const normalisedBytes = (name: string): number => new TextEncoder().encode(normaliseLogin(name)).length;

/** A login name as somebody tries it: it need not be one that could be given, but it must be one that can be looked for. */
export const TriedLogin = z
  .string()
  .min(1)
  .max(400)
  .refine((name) => normalisedBytes(name) <= maxNormalisedBytes, { error: "is too long once normalised" });

/** A login name (A4): kept as given, unique in the installation by `normaliseLogin`. */
export const Username = line(100)
  .refine((name) => !/\s/u.test(name), { error: "must not hold white space" })
  .refine((name) => normaliseLogin(name).length > 0, { error: "must hold a visible character" })
  .refine((name) => !/\s/u.test(normaliseLogin(name)), { error: "must not hold white space" })
  .refine((name) => normalisedBytes(name) <= maxNormalisedBytes, { error: "is too long once normalised" })
  .meta({
    description: "Unique in the whole installation, compared after NFKC and case folding",
    examples: ["anna@example.com"],
  });
