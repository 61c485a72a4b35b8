import * as z from "zod";

// Cc (controls), Cs (lone surrogates), Cn (unassigned) cannot be stored or shown faithfully; Co is private. Line breaks are allowed in notes only.
const unprintable = /[\p{Cc}\p{Cs}]/u;
const unprintableButBreaks = /[^\P{C}\n\r\t\p{Cf}\p{Co}\p{Cn}]/u;

/** One line of text of 1 to `max` characters, without control characters, trimmed. */
export const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1, { error: "must not be empty" })
    .max(max, { error: `must be at most ${max} characters` })
    .refine((text) => !unprintable.test(text), { error: "must not hold control characters or broken surrogates" });

/** What something is called in another system. */
export const Reference = line(200);

/** Text of up to `max` characters that may have line breaks. */
export const prose = (max: number) =>
  z
    .string()
    .max(max, { error: `must be at most ${max} characters` })
    .refine((text) => !unprintableButBreaks.test(text), {
      error: "must not hold control characters or broken surrogates",
    });
