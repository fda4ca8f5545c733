// MQTT over TLS: the listener, its certificate that is read again when its file changes, and who a client's certificate names.
import { readFileSync, statSync } from "node:fs";
import type { Socket } from "node:net";
import { createServer, TLSSocket, type Server, type TlsOptions } from "node:tls";
import type { Connection } from "aedes";
import type { Log } from "../../log.ts";
import type { ClientCertificate } from "./rules.ts";

/** Where the server's certificate lies, and the issuer whose client certificates are believed. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile?: string;
}

/** A certificate is renewed weeks before its end. */
const LOOK_EVERY_MS = 3_600_000;
/** As long as a CONNECT may take: whoever only holds a socket takes one of a bounded number. */
const HANDSHAKE_MS = 10_000;

/** Listeners that believe clients of an issuer; without one a good chain says nothing. */
const believing = new WeakSet<Server>();

/** A listener that asks every client for a certificate and does without one; `look` reads changed files at once. */
export function createTlsListener(
  files: TlsFiles,
  log: Log,
  accept: (socket: Socket) => void,
): { readonly server: Server; look(): void } {
  let seen = changedAt(files);
  const server = createServer({
    ...read(files),
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: "TLSv1.2",
    handshakeTimeout: HANDSHAKE_MS,
  });
  if (files.caFile !== undefined) believing.add(server);
  server.on("secureConnection", accept);
  server.on("tlsClientError", (error) => log.debug("TLS refused", { why: error.message }));
  const look = (): void => {
    try {
      const now = changedAt(files);
      if (now === seen) return;
      server.setSecureContext(read(files));
      seen = now;
      log.info("the broker's certificate was read again");
    } catch (error) {
      // The old one goes on: a half-written file must not close the door.
      log.error("read the broker's certificate again", { error });
    }
  };
  const looking = setInterval(look, LOOK_EVERY_MS).unref();
  server.once("close", () => clearInterval(looking));
  return { server, look };
}

function read({ certFile, keyFile, caFile }: TlsFiles): TlsOptions {
  // An empty list: without an issuer of ours, none of the world's shall stand in for it.
  const ca = caFile === undefined ? [] : [readFileSync(caFile)];
  return { cert: readFileSync(certFile), key: readFileSync(keyFile), ca, minVersion: "TLSv1.2" };
}

function changedAt({ certFile, keyFile, caFile }: TlsFiles): string {
  const files = [certFile, keyFile, ...(caFile === undefined ? [] : [caFile])];
  return files.map((file) => statSync(file).mtimeMs).join(" ");
}

/** The certificate that a client has shown, with proof that it holds the key; null without one. */
export function certificateOf(connection: Connection): ClientCertificate | null {
  if (!(connection instanceof TLSSocket)) return null;
  const shown = connection.getPeerCertificate();
  if (shown.fingerprint256 === undefined) return null;
  const { server } = connection as unknown as { readonly server?: Server };
  const name: unknown = shown.subject?.CN;
  return {
    fingerprint: shown.fingerprint256.replaceAll(":", "").toLowerCase(),
    commonName: typeof name === "string" ? name : null,
    isTrusted: connection.authorized && server !== undefined && believing.has(server),
    validFrom: Date.parse(shown.valid_from),
    validTo: Date.parse(shown.valid_to),
  };
}
