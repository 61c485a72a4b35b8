import { domainToASCII, domainToUnicode } from "node:url";
import * as z from "zod";

const maxLength = 254;
const plain = /^[\u0021-\u007e]+$/;
const mailbox = z.email();
/** A top-level domain that is written in Punycode, which zod's pattern of addresses does not know. */
const asciiTop = /\.xn--[a-z0-9-]*[a-z0-9]$/i;

/** What ends a host's name in a URL, or spells its letters otherwise there: to `domainToASCII` the rest would not count. */
const notInDomain = /[\s/\\?#@:%[\]<>^|]/u;

/** A domain as DNS and mail servers write it; undefined where it cannot be one. What is ASCII already stays as it is given. */
function asciiDomain(domain: string): string | undefined {
  if (notInDomain.test(domain)) return undefined;
  const ascii = plain.test(domain) && !/(?:^|\.)xn--/i.test(domain) ? domain : domainToASCII(domain);
  return ascii !== "" && ascii.split(".").every((label) => label.length <= 63) ? ascii : undefined;
}

/**
 * A mail address as mail servers take it: white space around it is gone, the domain is in its ASCII form (`xn--…`).
 * @returns `address`, or in `error` why no mail can be sent to it
 */
export function readAddress(text: string): { address: string } | { error: string } {
  const given = text.trim();
  const at = given.lastIndexOf("@");
  const [local, domain] = [given.slice(0, Math.max(at, 0)), given.slice(at + 1)];
  const invalid = { error: "must be an e-mail address, such as anna@example.com" };
  if (at < 1 || domain === "") return invalid;
  if (/[^\0-\x7f]/.test(local))
    return { error: "the part before the @ must be ASCII: no mail can be sent to other letters" };
  const ascii = asciiDomain(domain);
  if (ascii === undefined) return { error: "the part after the @ is no domain" };
  const address = `${local}@${ascii}`;
  if (address.length > maxLength) return { error: `must be at most ${maxLength} characters, its domain in ASCII` };
  return mailbox.safeParse(address.replace(asciiTop, ".example")).success ? { address } : invalid;
}

/** An address as people write it: the domain in its own script. */
export const displayAddress = (address: string): string => {
  const at = address.lastIndexOf("@");
  const domain = domainToUnicode(address.slice(at + 1));
  return domain === "" || !/(?:^|\.)xn--/i.test(address.slice(at + 1))
    ? address
    : `${address.slice(0, at + 1)}${domain}`;
};

/** A mail address of a request; what is read from it can be sent to. */
export const EmailAddress = z
  .string()
  .check((context) => {
    const read = readAddress(context.value);
    if ("address" in read) context.value = read.address;
    else context.issues.push({ code: "custom", input: context.value, message: read.error });
  })
  .meta({
    format: "idn-email",
    pattern: "^\\s*[\\x21-\\x7e]+@[^\\s@]+\\.[^\\s@]+\\s*$",
    description: "A domain with letters beyond ASCII is kept in its ASCII form; the part before the @ must be ASCII",
    examples: ["anna@example.com"],
  });

/** An address as it is shown beside the form that is kept. */
export const DisplayAddress = z
  .string()
  .meta({ description: "The same address with its domain in its own script", examples: ["anna@exämple.example"] });

/** The form in which mail addresses are compared. Strictly the part before the @ may differ by case; no mail service of today lets it. */
export const normaliseAddress = (address: string): string => {
  const read = readAddress(address);
  return ("address" in read ? read.address : address).normalize("NFKC").toLowerCase();
};
