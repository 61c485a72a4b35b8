import { pages, type Schemas } from "@tenantry/client";
import { type Command, Option } from "commander";
import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { devicesOfBranch } from "../input/branch.ts";
import { collect, pageSize } from "../input/collect.ts";
import { findAccount } from "../input/find-account.ts";
import { optionalCustomer, ownCustomer } from "../input/find-customer.ts";
import { type DeviceOptions, findDevice, namingDevice } from "../input/find-device.ts";
import { countOf, given } from "../input/values.ts";
import { bytes, moment, orDash, words } from "../output/format.ts";
import type { Row } from "../output/output.ts";
import type { Column } from "../output/table.ts";
import { openSession } from "../session.ts";
import { addDeviceChanges } from "./device-changes.ts";

type Device = Schemas["Device"];

const attentionOf = ({ attention }: Device): string => orDash(attention.map(({ code }) => words(code)).join(", "));

const columns: readonly Column<Device>[] = [
  { title: "Id", value: ({ id }) => id },
  { title: "Name", value: ({ name }) => name, cut: true },
  { title: "Kind", value: ({ kind }) => kind, extra: true },
  { title: "State", value: ({ state }) => state },
  { title: "Used", value: ({ usedBytes }) => bytes(usedBytes), right: true, extra: true },
  { title: "Last backup", value: ({ lastSuccessAt }) => moment(lastSuccessAt) },
  { title: "Attention", value: attentionOf, cut: true, extra: true },
];
const jobColumns: readonly Column<Schemas["JobResult"] & { id: string }>[] = [
  { title: "Started", value: ({ startedAt }) => moment(startedAt) },
  { title: "Type", value: ({ type }) => type },
  { title: "Status", value: ({ status }) => status },
  { title: "Bytes", value: (job) => bytes(job.bytes), right: true },
  { title: "Files", value: ({ files }) => String(files), right: true },
  { title: "Errors", value: ({ errors }) => orDash(errors.join(" ")), cut: true },
];

/** A device for people. */
export const deviceRows = (device: Device): readonly Row[] => [
  ["Id", device.id],
  ["Name", device.name],
  ["Reference", orDash(device.externalRef)],
  ["Customer", device.customerId],
  ["Account", orDash(device.accountId)],
  ["Kind", `${device.kind}, ${device.os}`],
  ["State", device.state],
  ["Licensed", device.licensed ? "yes" : "no"],
  ["Used", bytes(device.usedBytes)],
  ["Last seen", moment(device.lastSeenAt)],
  ["Last backup", moment(device.lastSuccessAt)],
  ["Failures since", String(device.failuresSinceSuccess)],
  ["Agent", orDash(device.agentVersion)],
  ["Attention", attentionOf(device)],
  ...(device.purgeAt === null ? [] : [["Purged", moment(device.purgeAt)] as const]),
];

interface ListOptions {
  customer?: string;
  account?: string;
  state?: Device["state"];
  attention?: boolean;
  branch?: boolean;
  limit?: number;
}

async function list(options: ListOptions, command: Command): Promise<void> {
  const session = openSession(command);
  const { state, attention, limit } = options;
  if (options.branch && (options.account !== undefined || state !== undefined || attention))
    throw new Failure(
      "--branch lists all devices; for those that need attention use tenantry watchlist.",
      exitCodes.usage,
    );
  const customerId = await optionalCustomer(session, options.customer);
  const accountId = options.account === undefined ? undefined : await findAccount(session, options.account, {});
  const query = given({ customerId, accountId, state, attention, limit: pageSize(limit) });
  const devices = options.branch
    ? devicesOfBranch(session, customerId ?? (await ownCustomer(session)))
    : pages(session.tenantry.listDevices, { query });
  session.output.list(await collect(devices, limit), columns, "No devices.");
}

/** `tenantry devices`: the computers that back up. */
export function addDevices(program: Command): void {
  const devices = program.command("devices").description("computers that back up");
  devices
    .command("list")
    .description("list the devices of a customer")
    .option("--customer <customer>", "the customer, by id or name (yours)")
    .option("--account <account>", "only those of this account, by id or user name")
    .addOption(new Option("--state <state>", "only this state").choices(["pending", "active", "suspended", "deleted"]))
    .option("--attention", "only those that need attention")
    .option("--branch", "also those of all customers below; without filters")
    .option("--limit <count>", "at most so many", countOf)
    .action(list);
  namingDevice(devices.command("get").description("show one device")).action(
    async (device: string | undefined, options: DeviceOptions, command: Command) => {
      const session = openSession(command);
      const id = await findDevice(session, device, options);
      session.output.one(await session.tenantry.getDevice({ params: { id } }), deviceRows);
    },
  );
  namingDevice(devices.command("jobs").description("list the results of its jobs, newest first"))
    .option("--limit <count>", "at most so many (20)", countOf, 20)
    .action(async (device: string | undefined, options: DeviceOptions & { limit: number }, command: Command) => {
      const session = openSession(command);
      const id = await findDevice(session, device, options);
      const query = { limit: pageSize(options.limit) };
      const jobs = await collect(pages(session.tenantry.listDeviceJobs, { params: { id }, query }), options.limit);
      session.output.list(
        jobs.map((job) => ({ ...job, id: job.jobId })),
        jobColumns,
        "No jobs.",
      );
    });
  addDeviceChanges(devices, deviceRows);
}
