/** The request for a text: Secrets in the field that the service encrypts, all other manifests as typed. Pure. */
import type { ConfigureRequest, OnConflict } from "@/api/contract";
import { readDocuments, written } from "./documents";
import { plainSecret } from "./model";

interface Input {
  text: string;
  namespace: string;
  onConflict: OnConflict;
  restart: boolean;
}

interface SecretManifest {
  kind?: string;
  metadata?: Record<string, unknown>;
  type?: string;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

/** Whether the request's short form of a Secret can express the manifest: name, type and values only. */
const isShort = ({ kind, metadata = {}, ...rest }: SecretManifest): boolean =>
  kind === "Secret" &&
  typeof metadata.name === "string" &&
  Object.keys(metadata).every((key) => key === "name" || key === "namespace") &&
  Object.keys(rest).every((key) => ["apiVersion", "type", "data", "stringData"].includes(key));

export function requestFor({ text, namespace, onConflict, restart }: Input): ConfigureRequest {
  const { documents, errors } = readDocuments(text);
  // An invalid text is never sent, but a preview made before it became invalid must count as outdated.
  if (errors.length > 0) return { namespace: namespace || null, manifests: text, on_conflict: onConflict, restart };
  const manifests = documents.map((document) => ({ document, manifest: (document.toJS() ?? {}) as SecretManifest }));
  const secrets = manifests.filter(({ manifest }) => isShort(manifest));
  const rest = manifests.filter((each) => !secrets.includes(each));
  return {
    namespace: namespace || null,
    secrets: secrets.map(({ manifest }) => ({
      name: manifest.metadata!.name as string,
      type: manifest.type ?? "Opaque",
      data: plainSecret(manifest),
    })),
    manifests: rest.length > 0 ? written(rest.map(({ document }) => document)) : null,
    on_conflict: onConflict,
    restart,
    plan_digest: null,
  };
}
