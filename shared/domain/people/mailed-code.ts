/** How long an invitation can be accepted. */
export const invitationMs = 7 * 24 * 60 * 60_000;
/** How long another password can be chosen after it was asked for. */
export const passwordResetMs = 60 * 60_000;

/** Whom a code that was mailed is for, and its secret. */
export interface MailedCode {
  userId: string;
  secret: string;
}

/** A code as a mail carries it. */
export const writeMailedCode = ({ userId, secret }: MailedCode): string =>
  `tc_${userId.slice("usr_".length)}_${secret}`;

/** The parts of a code from a mail, null where it cannot be one. */
export function readMailedCode(code: string): MailedCode | null {
  const [, user, secret] = /^tc_([0-7][0-9A-HJKMNP-TV-Z]{25})_([A-Za-z0-9_-]{43})$/.exec(code.trim()) ?? [];
  return user === undefined || secret === undefined ? null : { userId: `usr_${user}`, secret };
}

/** The page of the console where a code is used; null where the installation has no address of its own. */
export const codePage = (publicUrl: string, purpose: "invitation" | "password"): string | null =>
  publicUrl === "" ? null : `${publicUrl}/console/${purpose}`;
