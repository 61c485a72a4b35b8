import { type Input, operation } from "../../shared/http/operation.ts";
import { accountStore } from "../../shared/store/accounts/accounts.ts";
import { accounts as contracts } from "./contract.ts";

const stores = { accounts: accountStore };

/** Answers an account of the caller's branch, with its contact and what its parent account decides. */
export async function getAccount({ params, deps: { accounts } }: Input<typeof contracts.getAccount, typeof stores>) {
  return accounts.present(await accounts.load(params.id));
}

export const handler = operation(contracts.getAccount, getAccount, stores);
