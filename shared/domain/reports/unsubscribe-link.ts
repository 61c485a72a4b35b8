/** Where a recipient says that he wants no more of a report; null where the installation has no address of its own. */
export const unsubscribeUrl = (publicUrl: string, subscriptionId: string, secret: string): string | null =>
  publicUrl === "" ? null : `${publicUrl}/v1/unsubscribe/tu_${subscriptionId.slice("sub_".length)}_${secret}`;

/** What the token of such a link says: a subscription, and the secret of one of its recipients; null where it is none. */
export function readUnsubscribeToken(token: string): { subscriptionId: string; secret: string } | null {
  const [, ulid, secret] = /^tu_([0-9A-Z]{26})_([\w-]{20,64})$/.exec(token) ?? [];
  return ulid === undefined || secret === undefined ? null : { subscriptionId: `sub_${ulid}`, secret };
}
