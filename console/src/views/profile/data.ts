import { queryOptions } from "@tanstack/react-query";
import type { Output } from "@tenantry/client";
import { queryClient, tenantry } from "../../app/api.ts";

export type Passkey = Output<"listPasskeys">["items"][number];

export const meQuery = queryOptions({
  queryKey: ["profile", "me"],
  queryFn: ({ signal }) => tenantry.me({ signal }),
});

export const sessionsQuery = queryOptions({
  queryKey: ["profile", "sessions"],
  queryFn: ({ signal }) => tenantry.listSessions({ signal }),
});

export const passkeysQuery = queryOptions({
  queryKey: ["profile", "passkeys"],
  queryFn: ({ signal }) => tenantry.listPasskeys({ signal }),
});

/** After a change of one's own access. */
export async function refreshProfile(): Promise<void> {
  await Promise.all(["profile", "users"].map((area) => queryClient.invalidateQueries({ queryKey: [area] })));
}

/** Has the browser make a passkey, and adds it. @returns null: its dialog was closed */
export async function addPasskey(name: string): Promise<Passkey | null> {
  const options = await tenantry.startPasskeyRegistration({});
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  const made = await navigator.credentials.create({ publicKey }).catch(() => null);
  if (made === null) return null;
  const { id, rawId, response, type } = (made as PublicKeyCredential).toJSON() as RegistrationResponseJSON;
  const { attestationObject, clientDataJSON, transports } = response;
  return await tenantry.createPasskey({
    body: {
      name,
      response: {
        id,
        rawId,
        type: type as "public-key",
        response: { attestationObject, clientDataJSON, ...(transports !== undefined && { transports }) },
      },
    },
  });
}
