/** What is sent for a text: Secrets in the form that the service keeps encrypted, everything else as it was typed. Pure. */
import type { ConfigureRequest, OnConflict } from "@/api/contract";
import { readDocuments, written } from "./documents";
import { plainSecret } from "./model";

interface Asked {
  text: string;
  namespace: string;
  onConflict: OnConflict;
}

interface SecretManifest {
  kind?: string;
  metadata?: Record<string, unknown>;
  type?: string;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

/** Whether the short form says all that the manifest says: a name, a type, values. */
const isShort = ({ kind, metadata = {}, ...rest }: SecretManifest): boolean =>
  kind === "Secret" &&
  typeof metadata.name === "string" &&
  Object.keys(metadata).every((key) => key === "name" || key === "namespace") &&
  Object.keys(rest).every((key) => ["apiVersion", "type", "data", "stringData"].includes(key));

export function requestFor({ text, namespace, onConflict }: Asked): ConfigureRequest {
  const { documents, mistakes } = readDocuments(text);
  // While a text cannot be read it is not sent either; it still is what is being asked for.
  if (mistakes.length > 0) return { namespace: namespace || null, manifests: text, on_conflict: onConflict };
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
    plan_digest: null,
  };
}
