import { pages } from "@tenantry/client";
import type { Command } from "commander";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import type { Session } from "../session.ts";
import { findAccount } from "./find-account.ts";
import { optionalCustomer } from "./find-customer.ts";
import { given } from "./values.ts";

/** How a device was named on the command line. */
export interface DeviceOptions {
  ref?: string;
  account?: string;
  customer?: string;
}

/** Gives a command that is about one device the ways to name it. */
export const namingDevice = (command: Command): Command =>
  command
    .argument("[device]", "id of the device, or its name with --customer")
    .option("--ref <reference>", "its external reference, with --account")
    .option("--account <account>", "with --ref: its account, by id or user name")
    .option("--customer <customer>", "with a name: its customer, by id or name (yours)");

/** The id of a device: by id, by a name that only one of its customer's devices has, or by external reference. @throws Failure where there is none */
export async function findDevice(
  session: Session,
  device: string | undefined,
  { ref, account, customer }: DeviceOptions,
): Promise<string> {
  if ((device === undefined) === (ref === undefined) || (ref !== undefined && account === undefined))
    throw new Failure("Name the device once: by its id, by its name, or by --ref with --account.", exitCodes.usage);
  if (device !== undefined && /^dev_\w+$/.test(device)) return device;
  const { tenantry } = session;
  const accountId = account === undefined ? undefined : await findAccount(session, account, {});
  const customerId = await optionalCustomer(session, customer);
  const query = given({ customerId, accountId, externalRef: ref });
  const found: string[] = [];
  for await (const one of pages(tenantry.listDevices, { query: ref === undefined ? { ...query, limit: 200 } : query }))
    if (ref !== undefined || one.name === device) found.push(one.id);
  const [id] = found;
  if (id !== undefined && found.length === 1) return id;
  if (id === undefined) {
    const where = customer ?? account ?? "your own customer; --customer names another";
    throw new Failure(
      `No device ${device ?? `with the reference ${ref}`} is directly at ${where}.`,
      exitCodes.notFound,
    );
  }
  throw new Failure(
    `${found.length} devices are called ${device}: ${found.join(", ")}. Name one by its id.`,
    exitCodes.usage,
  );
}
