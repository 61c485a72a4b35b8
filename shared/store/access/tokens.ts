import { createHash, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

/** How tokens of each kind begin, and the ids that they name. */
const tokenKinds = {
  apiKey: { token: "tk", id: "key" },
  device: { token: "td", id: "dev" },
  enrolmentKey: { token: "te", id: "enk" },
  storageServer: { token: "tv", id: "srv" },
} as const;
export type TokenKind = keyof typeof tokenKinds;
/** The checksum is missing in tokens of operators' own choice, and in those made before there was one. */
const tokenForm = /^(([a-z]{2})_([0-7][0-9A-HJKMNP-TV-Z]{25})_([A-Za-z0-9_-]{43}))([A-Za-z0-9]{6})?$/;

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Six characters by which a scanner of secrets tells a token from what looks like one, without asking: CRC-32 in base 62, as GitHub has it. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = "";
  for (; digits.length < 6; rest = Math.floor(rest / 62)) digits = base62.charAt(rest % 62) + digits;
  return digits;
}

/** The parts of a token of a kind; null where it cannot be one, or its checksum does not fit. */
export function readToken(token: string, kind: TokenKind = "apiKey"): { id: string; secret: string } | null {
  const [, text, begin, ulid, secret, sum] = tokenForm.exec(token) ?? [];
  if (text === undefined || ulid === undefined || secret === undefined) return null;
  if (begin !== tokenKinds[kind].token || (sum !== undefined && sum !== checksum(text))) return null;
  return { id: `${tokenKinds[kind].id}_${ulid}`, secret };
}

/** @returns `<kind>_<ULID>_<secret><checksum>` */
export function writeToken(id: string, secret: string, kind: TokenKind = "apiKey"): string {
  const text = `${tokenKinds[kind].token}_${id.slice(id.indexOf("_") + 1)}_${secret}`;
  return text + checksum(text);
}

export const hashSecret = (secret: string): string => createHash("sha256").update(secret).digest("base64url");

/** Whether a secret is the one of a hash. Compared also where there is none, so that the answer takes the same time. */
export const isSecret = (secret: string, hash: string | undefined): boolean =>
  timingSafeEqual(Buffer.from(hashSecret(secret)), Buffer.from(hash ?? hashSecret(""))) && hash !== undefined;
