import type { LocalBucket, PolicyStatement } from "../assembly/assembly.ts";
import { keyRights, type NeededRight, rightOf, type StorageRequest } from "./requests.ts";
import { accessDenied, Refusal } from "./refusal.ts";
import { isAllowed } from "./rights.ts";
import type { KeyPair, Session, Sessions } from "./sessions.ts";
import { claimOf, isSignedWith, type SignedRequest } from "./signature.ts";

/** Who may do what in the storage. */
export interface Doorkeeper {
  /** The installation's own key pair, with which its functions sign. What each of them may do is for the tests to compare. */
  own: KeyPair & { sessionToken?: string };
  sessions: Sessions;
  /** The statements of roles, by ARN. */
  roles: ReadonlyMap<string, readonly PolicyStatement[]>;
  now: () => number;
}

/** What S3 allows a clock to be wrong by. */
const skewMs = 15 * 60_000;

/**
 * Who has signed a request: a session, or null for the installation itself.
 * @throws Refusal where it is not signed, not with keys that are known here, or too long ago
 */
export async function signerOf(
  { own, sessions, now }: Doorkeeper,
  request: SignedRequest,
  bucket: LocalBucket,
): Promise<Session | null> {
  const claim = claimOf(request);
  if (!claim) throw accessDenied();
  const isOwn = claim.sessionToken === undefined || claim.sessionToken === own.sessionToken;
  const found = isOwn ? null : sessions.read(claim.sessionToken ?? "");
  if (!isOwn && !found) throw new Refusal(400, "InvalidToken", "The provided token is malformed or otherwise invalid.");
  const keys = found?.keys ?? own;
  if (keys.accessKeyId !== claim.accessKeyId)
    throw new Refusal(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.");
  if (Math.abs(Date.now() - claim.signedAt.getTime()) > skewMs)
    throw new Refusal(
      403,
      "RequestTimeTooSkewed",
      "The difference between the request time and the current time is too large.",
    );
  if (!(await isSignedWith(request, claim, keys)))
    throw new Refusal(
      403,
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
    );
  if (found && found.session.expiresAt <= now())
    throw new Refusal(400, "ExpiredToken", "The provided token has expired.");
  if (claim.region !== bucket.region)
    throw new Refusal(
      400,
      "AuthorizationHeaderMalformed",
      `The authorization header is malformed; the region '${claim.region}' is wrong; expecting '${bucket.region}'`,
    );
  return found?.session ?? null;
}

/** Whether a session may do something: what the role of the template allows and the session's policy too. */
async function mayDo(
  { roles }: Doorkeeper,
  session: Session,
  bucket: LocalBucket,
  right: NeededRight,
  keyed: string[],
): Promise<boolean> {
  const statements = roles.get(session.roleArn) ?? [];
  if (!(await isAllowed(right, statements, session))) return false;
  const { key, region } = bucket;
  if (key === null) return true;
  for (const action of keyed) {
    const context = { "kms:ViaService": `s3.${region}.amazonaws.com` };
    if (!(await isAllowed({ action, resource: key.arn, policy: key.policy, context }, statements, session)))
      return false;
  }
  return true;
}

/** @throws Refusal where a session may not do what it asks for */
export async function checkRights(
  keeper: Doorkeeper,
  session: Session | null,
  bucket: LocalBucket,
  request: StorageRequest,
): Promise<void> {
  // Of a list of objects to delete each is a right of its own.
  if (session === null || request.operation === "DeleteObjects") return;
  if (!(await mayDo(keeper, session, bucket, rightOf(request), keyRights(request.operation)))) throw accessDenied();
}

/** Whether a session may delete an object, or one version of it. */
export const mayDelete = async (
  keeper: Doorkeeper,
  session: Session | null,
  bucket: LocalBucket,
  key: string,
  versionId: string | undefined,
): Promise<boolean> => {
  if (session === null) return true;
  const query: Record<string, string> = versionId === undefined ? {} : { versionId };
  return mayDo(keeper, session, bucket, rightOf({ operation: "DeleteObject", bucket: bucket.name, key, query }), []);
};
