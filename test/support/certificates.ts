// Certificates made by openssl in a folder: an issuer, a server's, and clients' of that issuer or of their own.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";
import { programAt, runProgram } from "./program.ts";

/** A key and its certificate, as files and as text. */
export interface KeyPair {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
  /** SHA-256, as openssl prints it. */
  readonly fingerprint: string;
}

async function openssl(args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram(programAt("/usr/bin/openssl", "openssl"), args);
  if (code !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
}

/** Makes a key with a certificate that is valid for 30 days; signed by an issuer, or by itself. */
export async function makeKeyPair(
  folder: string,
  name: string,
  commonName: string,
  issuer?: KeyPair,
): Promise<KeyPair> {
  const file = (ending: string): string => join(folder, `${name}.${ending}`);
  const [certFile, keyFile] = [file("crt"), file("key")];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyFile];
  const subject = ["-subj", `/CN=${commonName}`];
  const alt = commonName === "localhost" ? ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"] : [];
  if (issuer === undefined) {
    await openssl(["req", "-x509", ...key, ...subject, ...alt, "-days", "30", "-out", certFile]);
  } else {
    await openssl(["req", ...key, ...subject, "-out", file("csr")]);
    const by = ["-CA", issuer.certFile, "-CAkey", issuer.keyFile, "-CAcreateserial"];
    await openssl(["x509", "-req", "-in", file("csr"), ...by, "-days", "30", "-out", certFile]);
  }
  return pairOf(certFile, keyFile);
}

/** Makes a server's certificate, signed by itself, that ends in so many days: below zero it has ended already. */
export async function makeEnding(folder: string, name: string, days: number): Promise<KeyPair> {
  const file = (ending: string): string => join(folder, `${name}.${ending}`);
  const [certFile, keyFile, asked] = [file("crt"), file("key"), file("csr")];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyFile];
  await openssl(["req", ...key, "-subj", "/CN=localhost", "-out", asked]);
  await openssl(["x509", "-req", "-in", asked, "-signkey", keyFile, "-days", String(days), "-out", certFile]);
  return pairOf(certFile, keyFile);
}

function pairOf(certFile: string, keyFile: string): KeyPair {
  const cert = readFileSync(certFile);
  return { certFile, keyFile, cert, key: readFileSync(keyFile), fingerprint: new X509Certificate(cert).fingerprint256 };
}
