import type { Schemas } from "@tenantry/client";
import type { Command } from "commander";
import { confirmation } from "../input/confirmation.ts";
import { bodyOf, type Field, withFields } from "../input/fields.ts";
import { type CustomerOptions, findCustomer, namingCustomer, optionalCustomer } from "../input/find-customer.ts";
import type { Row } from "../output/output.ts";
import { changeQuery, changing, noteChange, openSession, type Session } from "../session.ts";
import { customerFields, newCustomerFields } from "./customer-fields.ts";

type Customer = Schemas["Customer"];
type Rows = (customer: Customer) => readonly Row[];

const reference: Field = {
  flags: "--ref <reference>",
  path: "externalRef",
  about: "its reference in a system of yours",
};
const newReference: Field = {
  flags: "--new-ref <reference>",
  path: "externalRef",
  about: "another external reference",
  clears: true,
};
const creating = [...customerFields, ...newCustomerFields, reference];
const updating = [...customerFields, newReference];

/** The body of a new customer, below the parent that was named. */
async function newBody<T extends { parentId?: string }>(session: Session, command: Command): Promise<T> {
  const parentId = await optionalCustomer(session, command.opts<{ parent?: string }>().parent);
  return { ...bodyOf<T>(command, creating), ...(parentId !== undefined && { parentId }) };
}

const withParent = (command: Command): Command =>
  changing(withFields(command, creating)).option("--parent <customer>", "the customer above it, by id or name (yours)");

function addCreations(customers: Command, rows: Rows): void {
  withParent(customers.command("create").description("create a customer")).action(
    async (_options: object, command: Command) => {
      const session = openSession(command);
      const body = await newBody<Schemas["CustomerInput"]>(session, command);
      const customer = await session.tenantry.createCustomer({ body, query: changeQuery(session) });
      noteChange(session, `Created ${customer.name}.`);
      session.output.one(customer, rows);
    },
  );
  withParent(
    customers.command("upsert").description("create the customer with this --ref, or bring it into line"),
  ).action(async (_options: object, command: Command) => {
    const session = openSession(command);
    const body = await newBody<Schemas["CustomerUpsert"]>(session, command);
    const customer = await session.tenantry.upsertCustomer({ body, query: changeQuery(session) });
    noteChange(session, `${customer.name} is as you said.`);
    session.output.one(customer, rows);
  });
}

/** The changes that need nothing but the customer. */
const switches = [
  ["restore", "restoreCustomer", "restore a deleted customer, by its id, with its whole branch", "Restored"],
  ["activate", "activateCustomer", "allow the devices below it to back up again", "Activated"],
  ["deactivate", "deactivateCustomer", "stop all backups below it; nothing is deleted", "Deactivated"],
] as const;

/** Adds the commands that change customers. */
export function addCustomerChanges(customers: Command, rows: Rows): void {
  addCreations(customers, rows);
  const naming = (name: string, about: string): Command =>
    changing(namingCustomer(customers.command(name).description(about), "id or name of the customer"));
  withFields(naming("update", "change fields of a customer"), updating).action(
    async (named: string | undefined, options: CustomerOptions, command: Command) => {
      const session = openSession(command);
      const id = await findCustomer(session, named, options);
      const body = bodyOf<Schemas["CustomerPatch"]>(command, updating);
      const customer = await session.tenantry.updateCustomer({ params: { id }, body, query: changeQuery(session) });
      noteChange(session, `Changed ${customer.name}.`);
      session.output.one(customer, rows);
    },
  );
  naming("delete", "delete a customer and all below it; it can be restored for a time")
    .option("--confirm <name>", "its name, repeated")
    .option("--on-behalf-of <name>", "for whom it is deleted; the deletion report says so")
    .action(
      async (
        named: string | undefined,
        options: CustomerOptions & { confirm?: string; onBehalfOf?: string },
        command: Command,
      ) => {
        const session = openSession(command);
        const id = await findCustomer(session, named, options);
        const { name } = await session.tenantry.getCustomer({ params: { id } });
        const confirm = await confirmation(session, name, options.confirm);
        const { onBehalfOf } = options;
        const query = { ...changeQuery(session), confirm, ...(onBehalfOf !== undefined && { onBehalfOf }) };
        const customer = await session.tenantry.deleteCustomer({ params: { id }, query });
        noteChange(session, `Deleted ${name}.`);
        session.output.one(customer, rows);
      },
    );
  for (const [name, operation, about, done] of switches)
    naming(name, about).action(async (named: string | undefined, options: CustomerOptions, command: Command) => {
      const session = openSession(command);
      const id = await findCustomer(session, named, options);
      const customer = await session.tenantry[operation]({ params: { id }, query: changeQuery(session) });
      noteChange(session, `${done} ${customer.name}.`);
      session.output.one(customer, rows);
    });
}
