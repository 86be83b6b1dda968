import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import {
  bits,
  explicit,
  implicit,
  integer,
  octets,
  oid,
  sequence,
  set,
  time,
  utf8,
  yes,
} from "./der.js";

/** A certificate and its private key: PEM texts. */
export interface CertifiedKey {
  readonly cert: string;
  readonly key: string;
}

/** For tests only: an authority of their own, and what it has signed. */
export interface TestCertificates {
  /** PEM text. */
  readonly ca: string;
  /** For `127.0.0.1`, `::1` and `localhost`. */
  readonly server: CertifiedKey;
  readonly client: CertifiedKey;
}

const ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const COMMON_NAME = oid("2.5.4.3");
const BASIC_CONSTRAINTS = oid("2.5.29.19");
const ALTERNATIVE_NAMES = oid("2.5.29.17");
const LOOPBACK_V6 = Buffer.concat([Buffer.alloc(15), Uint8Array.of(1)]);

/** Makes an authority, and a server's and a client's certificate of it; new ones at each call. */
export function createCertificates(): TestCertificates {
  const authority = newKeys();
  const authorityName = name("tikv-testkit authority");
  const isAuthority = sequence(BASIC_CONSTRAINTS, yes, octets(sequence(yes)));
  const ca = certificate(authorityName, authorityName, authority.publicKey, authority.privateKey, [
    isAuthority,
  ]);
  const issue = (subject: string): CertifiedKey => {
    const keys = newKeys();
    const names = sequence(
      implicit(2, Buffer.from("localhost")),
      implicit(7, Uint8Array.of(127, 0, 0, 1)),
      implicit(7, LOOPBACK_V6),
    );
    const extensions = [sequence(ALTERNATIVE_NAMES, octets(names))];
    return {
      cert: certificate(
        authorityName,
        name(subject),
        keys.publicKey,
        authority.privateKey,
        extensions,
      ),
      key: keys.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    };
  };
  return { ca, server: issue("tikv-testkit server"), client: issue("tikv-testkit client") };
}

function newKeys(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function name(commonName: string): Uint8Array {
  return sequence(set(sequence(COMMON_NAME, utf8(commonName))));
}

/** X.509 version 3 (RFC 5280, 4.1). */
function certificate(
  issuer: Uint8Array,
  subject: Uint8Array,
  publicKey: KeyObject,
  issuerKey: KeyObject,
  extensions: readonly Uint8Array[],
): string {
  const version3 = explicit(0, integer(Uint8Array.of(2)));
  const validity = sequence(time("20200101000000Z"), time("99991231235959Z"));
  const content = sequence(
    version3,
    integer(randomBytes(16)),
    ECDSA_SHA256,
    issuer,
    validity,
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(...extensions)),
  );
  const signed = sequence(content, ECDSA_SHA256, bits(sign("sha256", content, issuerKey)));
  const lines =
    Buffer.from(signed)
      .toString("base64")
      .match(/.{1,64}/gu) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
