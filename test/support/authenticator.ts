import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type {
  AuthenticationOptions,
  AuthenticationResponse,
  RegistrationOptions,
  RegistrationResponse,
} from "../../shared/domain/people/passkey-ceremony.ts";

/** What an answer says in the place of what is right. */
export interface Untruth {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  crossOrigin?: boolean;
  counter?: number;
  userHandle?: string;
  /** Another passkey is named. */
  id?: string;
  /** Nobody touched the authenticator. */
  absent?: true;
  /** Another key signs. */
  key?: KeyObject;
}

/** An authenticator in software, with the browser around it: ES256, attestation "none". */
export interface Authenticator {
  readonly credentialId: string;
  /** How often it has signed. */
  counter: number;
  create: (options: RegistrationOptions, untruth?: Untruth) => RegistrationResponse;
  get: (options: AuthenticationOptions, untruth?: Untruth) => AuthenticationResponse;
}

const sha256 = (data: string | Buffer): Buffer => createHash("sha256").update(data).digest();
const base64url = (text: string): string => Buffer.from(text).toString("base64url");

/** The head of a CBOR item (RFC 8949): its major type, and its value or length. */
function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  return value < 256
    ? Buffer.from([(major << 5) | 24, value])
    : Buffer.from([(major << 5) | 25, value >> 8, value & 255]);
}
const cborInt = (value: number): Buffer => (value < 0 ? head(1, -1 - value) : head(0, value));
const cborBytes = (data: Buffer): Buffer => Buffer.concat([head(2, data.length), data]);
const cborText = (text: string): Buffer => Buffer.concat([head(3, text.length), Buffer.from(text)]);
const cborMap = (entries: readonly (readonly [Buffer, Buffer])[]): Buffer =>
  Buffer.concat([head(5, entries.length), ...entries.flat()]);

/** A public key on P-256 as COSE has it. */
function coseKey(key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  return cborMap([
    [cborInt(1), cborInt(2)],
    [cborInt(3), cborInt(-7)],
    [cborInt(-1), cborInt(1)],
    [cborInt(-2), cborBytes(Buffer.from(x, "base64url"))],
    [cborInt(-3), cborBytes(Buffer.from(y, "base64url"))],
  ]);
}

const flag = { userPresent: 1, userVerified: 4, backupEligible: 8, backedUp: 16, attested: 64 };

/**
 * A new authenticator with one key.
 * @param origin where the pages come from that use it
 * @param verifies whether it knows its owner, by a PIN or a finger
 * @param counts whether it counts its signatures; those of platforms do not
 */
export function softwareAuthenticator(
  origin: string,
  { verifies = true, counts = true }: { verifies?: boolean; counts?: boolean } = {},
): Authenticator {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const credentialId = Buffer.concat([Buffer.from("software "), randomBytes(15)]);
  let userHandle = "";
  const clientData = (type: string, challenge: string, untruth: Untruth): string =>
    base64url(
      JSON.stringify({
        type: untruth.type ?? type,
        challenge: untruth.challenge ?? challenge,
        origin: untruth.origin ?? origin,
        crossOrigin: untruth.crossOrigin ?? false,
      }),
    );
  const authData = (rpId: string, untruth: Untruth, attested?: Buffer): Buffer => {
    if (counts) authenticator.counter += 1;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(untruth.counter ?? authenticator.counter);
    const flags =
      (untruth.absent ? 0 : flag.userPresent) |
      (verifies ? flag.userVerified : 0) |
      (counts ? 0 : flag.backupEligible | flag.backedUp) |
      (attested ? flag.attested : 0);
    return Buffer.concat([sha256(untruth.rpId ?? rpId), Buffer.from([flags]), count, attested ?? Buffer.alloc(0)]);
  };
  const authenticator: Authenticator = {
    credentialId: credentialId.toString("base64url"),
    counter: 0,
    create({ rp, user, challenge }, untruth = {}) {
      userHandle = user.id;
      const length = Buffer.from([credentialId.length >> 8, credentialId.length & 255]);
      const attested = Buffer.concat([Buffer.alloc(16), length, credentialId, coseKey(publicKey)]);
      const attestation = cborMap([
        [cborText("fmt"), cborText("none")],
        [cborText("attStmt"), cborMap([])],
        [cborText("authData"), cborBytes(authData(rp.id, untruth, attested))],
      ]);
      const id = untruth.id ?? authenticator.credentialId;
      return {
        id,
        rawId: id,
        type: "public-key",
        response: {
          clientDataJSON: clientData("webauthn.create", challenge, untruth),
          attestationObject: attestation.toString("base64url"),
          transports: counts ? ["usb", "nfc"] : ["internal", "hybrid"],
        },
      };
    },
    get({ rpId, challenge }, untruth = {}) {
      const clientDataJSON = clientData("webauthn.get", challenge, untruth);
      const data = authData(rpId, untruth);
      const signed = Buffer.concat([data, sha256(Buffer.from(clientDataJSON, "base64url"))]);
      const id = untruth.id ?? authenticator.credentialId;
      return {
        id,
        rawId: id,
        type: "public-key",
        response: {
          clientDataJSON,
          authenticatorData: data.toString("base64url"),
          signature: sign("sha256", signed, untruth.key ?? privateKey).toString("base64url"),
          userHandle: untruth.userHandle ?? userHandle,
        },
      };
    },
  };
  return authenticator;
}
