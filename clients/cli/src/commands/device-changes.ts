import type { Schemas } from "@tenantry/client";
import type { Command } from "commander";
import { confirmation } from "../input/confirmation.ts";
import { bodyOf, type Field, withFields } from "../input/fields.ts";
import { findAccount } from "../input/find-account.ts";
import { type DeviceOptions, findDevice, namingDevice } from "../input/find-device.ts";
import type { Row } from "../output/output.ts";
import { changeQuery, changing, noteChange, openSession } from "../session.ts";

type Device = Schemas["Device"];
type Rows = (device: Device) => readonly Row[];

const fields: readonly Field[] = [
  { flags: "--name <name>", path: "name", about: "its name" },
  { flags: "--kind <kind>", path: "kind", about: "kind of computer", choices: ["workstation", "laptop", "server"] },
  { flags: "--os <name>", path: "os", about: "its operating system" },
];
const newFields: readonly Field[] = [
  ...fields,
  { flags: "--machine-id <id>", path: "machineId", about: "what the computer calls itself when it enrols" },
  { flags: "--ref <reference>", path: "externalRef", about: "its reference in a system of yours" },
];
const changeFields: readonly Field[] = [
  ...fields,
  { flags: "--new-ref <reference>", path: "externalRef", about: "another external reference", clears: true },
];

const creations = [
  ["create", "createDevice", "create the device of a computer that has not connected yet", "Created"],
  ["upsert", "upsertDevice", "create the device with this --ref, or bring it into line", "Up to date:"],
] as const;
/** The changes that need nothing but the device. */
const switches = [
  ["activate", "activateDevice", "allow a suspended device to back up again", "Activated"],
  ["deactivate", "deactivateDevice", "stop a device from backing up; nothing is deleted", "Deactivated"],
  ["restore", "restoreDevice", "restore a deleted device with its data", "Restored"],
] as const;

function addCreations(devices: Command, rows: Rows): void {
  for (const [name, operation, about, done] of creations)
    changing(withFields(devices.command(name).description(about), newFields))
      .requiredOption("--account <account>", "its account, by id or user name")
      .action(async ({ account }: { account: string }, command: Command) => {
        const session = openSession(command);
        const accountId = await findAccount(session, account, {});
        const body = { ...bodyOf<Schemas["DeviceUpsert"]>(command, newFields), accountId };
        const device = await session.tenantry[operation]({ body, query: changeQuery(session) });
        noteChange(session, `${done} ${device.name}.`);
        session.output.one(device, rows);
      });
}

/** Adds the commands that change devices. */
export function addDeviceChanges(devices: Command, rows: Rows): void {
  addCreations(devices, rows);
  const naming = (name: string, about: string): Command =>
    changing(namingDevice(devices.command(name).description(about)));
  withFields(naming("update", "change fields of a device"), changeFields).action(
    async (named: string | undefined, options: DeviceOptions, command: Command) => {
      const session = openSession(command);
      const id = await findDevice(session, named, options);
      const body = bodyOf<Schemas["DevicePatch"]>(command, changeFields);
      const device = await session.tenantry.updateDevice({ params: { id }, body, query: changeQuery(session) });
      noteChange(session, `Changed ${device.name}.`);
      session.output.one(device, rows);
    },
  );
  for (const [name, operation, about, done] of switches)
    naming(name, about).action(async (named: string | undefined, options: DeviceOptions, command: Command) => {
      const session = openSession(command);
      const id = await findDevice(session, named, options);
      const device = await session.tenantry[operation]({ params: { id }, query: changeQuery(session) });
      noteChange(session, `${done} ${device.name}.`);
      session.output.one(device, rows);
    });
  changing(devices.command("approve").description("let a device that waits for approval back up"))
    .argument("<device>", "id of the device")
    .option("--account <account>", "in this account, by id or user name, instead of its own")
    .option("--plan <code>", "in a new account with this plan")
    .action(async (id: string, options: { account?: string; plan?: string }, command: Command) => {
      const session = openSession(command);
      const { plan } = options;
      const accountId = options.account === undefined ? undefined : await findAccount(session, options.account, {});
      const body = { ...(accountId !== undefined && { accountId }), ...(plan !== undefined && { plan }) };
      const device = await session.tenantry.approveDevice({ params: { id }, body, query: changeQuery(session) });
      noteChange(session, `Approved ${device.name}.`);
      session.output.one(device, rows);
    });
  naming("delete", "delete a device; it can be restored for a time")
    .option("--confirm <name>", "its name, repeated")
    .action(async (named: string | undefined, options: DeviceOptions & { confirm?: string }, command: Command) => {
      const session = openSession(command);
      const id = await findDevice(session, named, options);
      const { name } = await session.tenantry.getDevice({ params: { id } });
      const query = { ...changeQuery(session), confirm: await confirmation(session, name, options.confirm) };
      const device = await session.tenantry.deleteDevice({ params: { id }, query });
      noteChange(session, `Deleted ${name}.`);
      session.output.one(device, rows);
    });
}
