import { expect, vi } from "vitest";
import { openTableStream, type TableRecord } from "../../fleet/table-stream.ts";
import { accountComplaints } from "../../model/account-invariants.ts";
import { complaints, dump, type Item } from "../../model/invariants.ts";
import { shortenWaits } from "../../support/short-waits.ts";
import { type Enrolled, type Fleet, openFleet } from "./fleet.ts";
import { goodPassword } from "./post.ts";
import { consumeUsage, settleStream } from "./settle.ts";
import { wakes, workAt } from "./tasks.ts";

type Body = Awaited<ReturnType<Fleet["get"]>>;

/** A fleet whose accounts and devices are moved by tasks, and whose stream is told of it. */
export interface Moving extends Fleet {
  /** The records of the stream that came since the last call; all are added up by `settled`. */
  next: () => Promise<TableRecord[]>;
  /** Lets the task that a request has begun run to its end, with what the stream told until then added up behind it. @returns the task */
  ended: (reply: { status: number; body: Body }) => Promise<Body>;
  /** Brings what has been reported to all counters, and looks for anything that is wrong. @returns all items of the table */
  settled: () => Promise<Item[]>;
  account: (id: string) => Promise<Body>;
  subAccount: (parentAccountId: string, more?: object) => Promise<Body>;
  /** Devices that enrol with the login of an account, each with so many backup sets. */
  computers: (login: Body, count: number, sets?: number) => Promise<Enrolled[]>;
  /** One that has backed up, and uses so much. */
  computer: (login: Body, usedBytes?: number, sets?: number) => Promise<Enrolled>;
  usage: (device: { token: string }, usedBytes: number) => Promise<void>;
  close: () => void;
}

/** What became of each row of a task: the code of its refusal, or its status. */
export const rowsOf = ({ result }: Body): string[] => result.rows.map(({ status, code }: Body) => code ?? status);

/** Opens the stage; lines of the log are not shown. One per test file. */
export async function openMoving(): Promise<Moving> {
  const fleet = await openFleet();
  const stream = await openTableStream(fleet.table);
  shortenWaits(2);
  for (const level of ["error", "warn"] as const)
    vi.spyOn(fleet.runtime.logger, level).mockImplementation((() => undefined) as never);
  const told: TableRecord[] = [];
  const stage: Moving = Object.assign(fleet, {
    async next() {
      const records = await stream.next();
      told.push(...records);
      return records;
    },
    async ended(reply: { status: number; body: Body }) {
      expect([reply.status, reply.body.code, reply.body.errors]).toEqual([202, undefined, undefined]);
      for (let records = await stage.next(); wakes(records).length > 0; records = await stage.next())
        await workAt(fleet, records);
      await consumeUsage(fleet, told.splice(0));
      return fleet.ok("getTask", { params: { id: reply.body.task?.id ?? reply.body.id } });
    },
    async settled() {
      await consumeUsage(fleet, told.splice(0));
      await settleStream(fleet, stream);
      const items = await dump(fleet.table);
      const wrong = complaints(items, { whole: true, moves: true, services: false });
      expect([...wrong, ...accountComplaints(items)]).toEqual([]);
      return items;
    },
    account: (id: string) => fleet.ok("getAccount", { params: { id } }),
    async subAccount(parentAccountId: string, more: object = {}) {
      const body = { parentAccountId, username: fleet.freshLogin(), password: goodPassword, ...more };
      return { ...(await fleet.ok("createAccount", { body })), password: goodPassword };
    },
    async computers({ username, password }: Body, count: number, sets = 0) {
      const made: Enrolled[] = [];
      for (let nth = 0; nth < count; nth += 1) {
        const { body } = await fleet.enrol({ username, password });
        const device = { ...body.device, token: body.token };
        for (let set = 0; set < sets; set += 1) await fleet.ownSet(device);
        made.push(device);
      }
      return made;
    },
    async computer(login: Body, usedBytes = 0, sets = 0) {
      const [device] = await stage.computers(login, 1, sets);
      if (!device) throw new Error("There is one.");
      expect((await fleet.backup(device)).body.allowed).toBe(true);
      if (usedBytes > 0) await stage.usage(device, usedBytes);
      return device;
    },
    async usage({ token }: { token: string }, usedBytes: number) {
      const measuredAt = new Date(fleet.now() - 1).toISOString();
      await fleet.ok("reportUsage", { body: { usedBytes, measuredAt } }, { token });
    },
    close: () => stream.close(),
  });
  return stage;
}
