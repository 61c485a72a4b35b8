import { spawn } from "node:child_process";
import process from "node:process";
import type { Command } from "commander";
import { findLocalStack, type LocalStack } from "../connection/local-stack.ts";
import { send } from "../connection/send.ts";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { countOf } from "../input/values.ts";
import { moment } from "../output/format.ts";
import { createOutput } from "../output/output.ts";
import type { Column } from "../output/table.ts";
import type { GlobalOptions } from "../session.ts";

/** A mail that a local stack has kept instead of sending it. */
interface Mail {
  messageId: string;
  from: string;
  to: string;
  subject: string;
  text: string | null;
  html: string | null;
  sentAt: string;
}

const columns: readonly Column<Mail & { id: string }>[] = [
  { title: "Nr", value: ({ id }) => id, right: true },
  { title: "Sent", value: ({ sentAt }) => moment(sentAt) },
  { title: "To", value: ({ to }) => to, cut: true },
  { title: "Subject", value: ({ subject }) => subject, cut: true },
];

function stackHere(): LocalStack {
  const stack = findLocalStack();
  if (stack !== undefined) return stack;
  const text = "There is no local stack here. Start one with npm start, or name its folder in TENANTRY_HOME.";
  throw new Failure(text, exitCodes.notFound);
}

/** All mail, newest first, numbered so that a mail keeps its number. */
async function allMail(): Promise<(Mail & { id: string })[]> {
  const answer = await send(new Request(new URL("/_local/mail", process.env["TENANTRY_URL"] || stackHere().url)));
  if (!answer.ok) throw new Failure("Only a local stack keeps its mail; this address has none.", exitCodes.notFound);
  const { items } = (await answer.json()) as { items: Mail[] };
  return items.map((mail, nth) => ({ ...mail, id: String(items.length - nth) }));
}

async function oneMail(wanted: string | undefined): Promise<Mail & { id: string }> {
  const all = await allMail();
  const found = wanted === undefined ? all[0] : all.find(({ id, messageId }) => id === wanted || messageId === wanted);
  if (found === undefined) throw new Failure("There is no such mail. Look at: tenantry mail list", exitCodes.notFound);
  return found;
}

/** The addresses in a mail, each once. */
const linksIn = ({ text, html }: Mail): string[] => [
  ...new Set([...(text ?? html ?? "").matchAll(/https?:\/\/[^\s<>"')\]]+/g)].map(([address]) => address)),
];

interface ListOptions {
  to?: string;
  limit: number;
}

async function list({ to, limit }: ListOptions, command: Command): Promise<void> {
  const mails = (await allMail()).filter((mail) => to === undefined || mail.to.includes(to));
  createOutput(command.optsWithGlobals<GlobalOptions>()).list(mails.slice(0, limit), columns, "No mail.");
}

async function show(
  wanted: string | undefined,
  options: { html?: boolean; links?: boolean },
  command: Command,
): Promise<void> {
  const output = createOutput(command.optsWithGlobals<GlobalOptions>());
  const mail = await oneMail(wanted);
  if (options.links === true)
    return output.either(linksIn(mail), () =>
      linksIn(mail)
        .map((address) => `${address}\n`)
        .join(""),
    );
  if (options.html === true) return output.either(mail, () => `${mail.html ?? ""}\n`);
  const { from, to, subject, text, sentAt } = mail;
  const head = `From:    ${from}\nTo:      ${to}\nSent:    ${moment(sentAt)}\nSubject: ${subject}\n`;
  output.either(mail, () => `${head}\n${(text ?? "(HTML only; see --html)").trimEnd()}\n`);
}

const openers: Partial<Record<NodeJS.Platform, string[]>> = { darwin: ["open"], win32: ["explorer"] };

function open(options: { dryRun?: boolean }): void {
  const address = stackHere().mailboxUrl;
  if (address === undefined)
    throw new Failure("The stack does not run. Start it with npm start.", exitCodes.unavailable);
  process.stdout.write(`${address}\n`);
  if (!process.stdout.isTTY || options.dryRun === true) return;
  const [program = "xdg-open"] = openers[process.platform] ?? [];
  // Where there is no browser, the address is what remains.
  spawn(program, [address], { stdio: "ignore", detached: true })
    .on("error", () => undefined)
    .unref();
}

/** `tenantry mail`: what a local stack has kept instead of sending it. */
export function addMail(program: Command): void {
  const mail = program.command("mail").description("the mail that the local stack has kept");
  mail
    .command("list")
    .description("list the mail, newest first")
    .option("--to <address>", "only mail to addresses with these letters")
    .option("--limit <count>", "at most so many (20)", countOf, 20)
    .action(list);
  mail
    .command("show")
    .description("show a mail")
    .argument("[mail]", "its number in the list; the newest")
    .option("--links", "only the addresses in it, such as that of an invitation")
    .option("--html", "its HTML, for a browser")
    .action(show);
  mail
    .command("open")
    .description("open the mailbox in the browser, and print its address")
    .option("--dry-run", "print the address only")
    .action(open);
}
