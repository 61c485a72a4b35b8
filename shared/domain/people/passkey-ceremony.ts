import * as z from "zod";

/*
 * What a server and a browser tell each other about passkeys, as WebAuthn Level 3 has it in JSON: `PublicKeyCredential.parseCreationOptionsFromJSON()`,
 * `parseRequestOptionsFromJSON()` and `toJSON()`. Browsers add fields as the specification grows, so answers may have more than is named here.
 */

const bytes = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[\w-]*$/, { error: "must be base64url" });
const ClientData = bytes(4_000).meta({ description: "What the browser says of the ceremony, as it was signed" });

const credential = {
  id: bytes(1_400).min(1).meta({ description: "The authenticator's name for the passkey" }),
  rawId: bytes(1_400).min(1),
  type: z.literal("public-key"),
};

/** What `navigator.credentials.create()` answers. */
export const RegistrationResponse = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: ClientData,
      attestationObject: bytes(20_000),
      transports: z.array(z.string().max(20)).max(10).optional(),
    }),
  })
  .meta({ id: "RegistrationResponse", description: "What `navigator.credentials.create()` answers, by `toJSON()`" });
export type RegistrationResponse = z.infer<typeof RegistrationResponse>;

/** What `navigator.credentials.get()` answers. */
export const AuthenticationResponse = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: ClientData,
      authenticatorData: bytes(4_000),
      signature: bytes(8_000),
      userHandle: bytes(100).nullish(),
    }),
  })
  .meta({ id: "AuthenticationResponse", description: "What `navigator.credentials.get()` answers, by `toJSON()`" });
export type AuthenticationResponse = z.infer<typeof AuthenticationResponse>;

const Challenge = z.string().meta({ description: "Works once, for five minutes" });
const Descriptor = z.object({
  id: z.string(),
  type: z.literal("public-key"),
  transports: z.array(z.string()).optional(),
});
const UserVerification = z.enum(["required", "preferred", "discouraged"]);

/** What `navigator.credentials.create()` takes. */
export const RegistrationOptions = z
  .object({
    rp: z.object({ id: z.string(), name: z.string() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    challenge: Challenge,
    pubKeyCredParams: z.array(z.object({ type: z.literal("public-key"), alg: z.int() })),
    timeout: z.int(),
    excludeCredentials: z.array(Descriptor),
    authenticatorSelection: z.object({
      residentKey: z.literal("required"),
      requireResidentKey: z.boolean(),
      userVerification: UserVerification,
    }),
    attestation: z.literal("none"),
  })
  .meta({
    id: "RegistrationOptions",
    description: "For `navigator.credentials.create()`, by `PublicKeyCredential.parseCreationOptionsFromJSON()`",
  });
export type RegistrationOptions = z.infer<typeof RegistrationOptions>;

/** What `navigator.credentials.get()` takes. */
export const AuthenticationOptions = z
  .object({
    rpId: z.string(),
    challenge: Challenge,
    timeout: z.int(),
    allowCredentials: z.array(Descriptor),
    userVerification: UserVerification,
  })
  .meta({
    id: "AuthenticationOptions",
    description: "For `navigator.credentials.get()`, by `PublicKeyCredential.parseRequestOptionsFromJSON()`",
  });
export type AuthenticationOptions = z.infer<typeof AuthenticationOptions>;
