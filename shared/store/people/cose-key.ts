import { createPublicKey, type JsonWebKey } from "node:crypto";
import { cose, decodeCredentialPublicKey } from "@simplewebauthn/server/helpers";

/** Labels of a key's parts (RFC 9053). Those of RSA stand under numbers that others use as well. */
const label = { curve: -1, x: -2, y: -3, modulus: -1, exponent: -2 };
const leastRsaBits = 2048;

/** A public key as Node takes it. @throws where it is no key of a kind that is offered to authenticators */
function jwkOf(publicKey: Uint8Array<ArrayBuffer>): JsonWebKey {
  const decoded = decodeCredentialPublicKey(publicKey) as unknown as Map<number, unknown>;
  const part = (name: number): string => Buffer.from(decoded.get(name) as Uint8Array).toString("base64url");
  const [kind, algorithm] = [decoded.get(cose.COSEKEYS.kty), decoded.get(cose.COSEKEYS.alg)];
  if (kind === cose.COSEKTY.EC2 && algorithm === cose.COSEALG.ES256)
    return { kty: "EC", crv: "P-256", x: part(label.x), y: part(label.y) };
  if (kind === cose.COSEKTY.OKP && algorithm === cose.COSEALG.EdDSA)
    return { kty: "OKP", crv: "Ed25519", x: part(label.x) };
  return { kty: "RSA", n: part(label.modulus), e: part(label.exponent) };
}

/**
 * Whether a public key can verify signatures. The library looks at it with the first signature only: by then its user might have no other way in.
 * @param publicKey COSE
 */
export function isUsableKey(publicKey: Uint8Array<ArrayBuffer>): boolean {
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: jwkOf(publicKey), format: "jwk" });
    const bits = asymmetricKeyDetails?.modulusLength;
    return bits === undefined || (bits >= leastRsaBits && bits <= 2 * leastRsaBits);
  } catch {
    return false;
  }
}
