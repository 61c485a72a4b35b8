import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { sessionPolicy, type VaultAccess, type VaultCredentials } from "../domain/devices/credentials.ts";
import { vaultOf } from "../domain/hierarchy/vault.ts";
import { DomainError } from "../domain/terms/errors.ts";
import type { LocationCode } from "../domain/terms/locations.ts";
import { type StoragePlan, vaultRoleArn } from "../domain/terms/storage-plan.ts";
import { tellCalls } from "./aws-calls.ts";
import { env } from "./env.ts";

/** Where credentials are good for, and for whom. */
export interface Session {
  deviceId: string;
  location: LocationCode;
  region: string;
  bucket: string;
  /** The first is covered in any case, the others of the same customer's vault as far as there is room. */
  prefixes: readonly string[];
  access: VaultAccess;
  /** The account whose login asks, where it is not the device itself: the storage's own log then names both. */
  accountId?: string;
}

/** A function has a role itself; a session that one role begins as another lasts an hour at the most. */
const sessionSeconds = 3_600;
/** What a device waits before it asks again where STS takes no more at the moment. Seconds. */
const retryAfter = 5;

const { AWS_LOCAL_ENDPOINT } = env();
const sts = tellCalls(
  new STSClient({
    ...(AWS_LOCAL_ENDPOINT !== undefined && { endpoint: AWS_LOCAL_ENDPOINT }),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  }),
);

/** Issues credentials by STS. They are not kept anywhere. */
export const vaultCredentials = ({ storage }: { storage: StoragePlan }) => ({
  /**
   * Credentials for a device's prefixes, for an hour. The session's tag limits them to one customer's vault, its policy to the prefixes.
   * @throws DomainError unavailable where STS cannot issue any at the moment
   */
  async issue(session: Session): Promise<VaultCredentials> {
    const vault = vaultOf(session.prefixes[0] ?? "");
    const { policy, prefixes } = sessionPolicy(
      session,
      session.prefixes.filter((prefix) => vaultOf(prefix) === vault),
      session.access,
    );
    const { Credentials } = await sts
      .send(
        new AssumeRoleCommand({
          RoleArn: vaultRoleArn(storage, session.location),
          RoleSessionName: [session.accountId ?? [], session.deviceId].flat().join("@"),
          DurationSeconds: sessionSeconds,
          Policy: policy,
          Tags: [{ Key: "vault", Value: vault }],
        }),
      )
      .catch((error: unknown) => {
        throw refused(error);
      });
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration)
      throw new Error("STS answered without credentials.");
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiresAt: Expiration.toISOString(),
      prefixes,
    };
  },
});

/** STS is out of reach, or takes no more calls from this account at the moment: both pass. Anything else is a fault of the installation. */
function refused(error: unknown): unknown {
  const { name = "", $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  const passes = status === undefined || status >= 500 || status === 429 || /thrott|limitexceeded/i.test(name);
  if (!passes) return error;
  const detail = "Credentials for the storage cannot be issued at the moment. Nothing was changed; ask again.";
  return new DomainError("unavailable", detail, [], retryAfter);
}
