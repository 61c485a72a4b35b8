import { type FormInput, publicForm } from "../../shared/http/public-operation.ts";
import { reports as contracts } from "./contract.ts";
import { findUnsubscriber, pageFor } from "./unsubscribing.ts";

/** Asks a recipient of a report whether he wants no more of it. It changes nothing: mail scanners follow links. */
export async function unsubscribePage({ params, db }: FormInput<typeof contracts.unsubscribePage>) {
  const found = await findUnsubscriber(db, params.token);
  return { ...(await pageFor(found, found !== null && found.recipient.unsubscribedAt !== null)), writes: [] };
}

export const handler = publicForm(contracts.unsubscribePage, unsubscribePage);
