import { describe, expect, it } from "vitest";
import { readToken, writeToken } from "../../../shared/store/access/tokens.ts";

const id = "key_01M8N621AZD9HP777G9QKWESBM";
const secret = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_abcde";
const token = writeToken(id, secret);

describe("a token", () => {
  it("names its key and holds the secret, and six characters that a scanner of secrets can check", () => {
    // Reckoned with Python's zlib.crc32.
    expect(token).toBe(`tk_01M8N621AZD9HP777G9QKWESBM_${secret}0Qu6dn`);
    expect(readToken(token)).toEqual({ id, secret });
  });

  it("is none with another checksum, wherever one character differs", () => {
    for (let nth = 3; nth < token.length; nth += 1) {
      const other = token[nth] === "0" ? "1" : "0";
      if (token[nth] === "_") continue;
      expect(readToken(token.slice(0, nth) + other + token.slice(nth + 1)), `${nth}`).toBeNull();
    }
  });

  it("works without a checksum, as operators choose their first one", () => {
    expect(readToken(token.slice(0, -6))).toEqual({ id, secret });
    for (const length of [1, 5]) expect(readToken(token.slice(0, -length))).toBeNull();
    expect(readToken(`${token}0`)).toBeNull();
  });

  it("is none of another kind", () => {
    expect(readToken(token, "device")).toBeNull();
    const device = writeToken(id.replace("key", "dev"), secret, "device");
    expect(device.slice(0, 3)).toBe("td_");
    expect(readToken(device, "device")).toEqual({ id: id.replace("key", "dev"), secret });
  });

  it("has a checksum of six characters also where the number is small", () => {
    for (let nth = 0; nth < 500; nth += 1) {
      const one = writeToken(id, secret.slice(0, 40) + String(nth).padStart(3, "0"));
      expect(one).toHaveLength(token.length);
      expect(readToken(one)).not.toBeNull();
    }
  });
});
