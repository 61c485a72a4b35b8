import type { Contract, Operation } from "../shared/http/contract.ts";
import { customers } from "./customers/contract.ts";
import { keys } from "./keys/contract.ts";
import { meta } from "./meta/contract.ts";
import { storage } from "./storage/contract.ts";

/** THE route table: every operation of the API by its id. Data only. */
export const routes = { ...meta, ...customers, ...keys, ...storage } satisfies Record<string, Operation<Contract>>;
export type OperationId = keyof typeof routes;
/** The operations as a list, for those who derive something from each. */
export const operations: readonly Operation[] = Object.values(routes);
