/** Which part of a strategy's form the service's messages are about. Pure. */
import { asProblem } from "@/api/problem";

export interface Faults {
  /** The messages about a member, as `hooks[0]`, and all that is in it; of `""`, about the strategy as a whole. */
  at: (member: string) => string[];
  /** Those about a ring by its position, without those about its checks. */
  ofRing: (index: number) => string[];
  /** Those about a hook or check that name it: what is wrong with its Job. */
  naming: (name: string) => string[];
}

const ROOT = /^(?:body\.)?strategy(?:\.|$)/;
const NAMED = /^'([^']+)': /;

const isWithin = (field: string, member: string): boolean =>
  field === member || field.startsWith(`${member}.`) || field.startsWith(`${member}[`);

/** What is wrong with a strategy, as an error response says it; nothing where there is no error. */
export function faultsIn(error: unknown): Faults {
  const said = error ? saidIn(error) : [];
  const texts = (kept: (fault: Said) => boolean) => [...new Set(said.filter(kept).map(({ message }) => message))];
  return {
    at: (member) =>
      texts(({ field, message }) => (member === "" ? field === "" && !NAMED.test(message) : isWithin(field, member))),
    ofRing: (index) =>
      texts(({ field }) => isWithin(field, `rings[${index}]`) && !isWithin(field, `rings[${index}].checks`)),
    naming: (name) => texts(({ field, message }) => field === "" && NAMED.exec(message)?.[1] === name),
  };
}

interface Said {
  /** Below the strategy. */
  field: string;
  message: string;
}

function saidIn(error: unknown): Said[] {
  const { document, detail } = asProblem(error);
  const errors = document.errors?.length ? document.errors : [{ field: document.field ?? "", message: detail }];
  return errors
    .filter(({ field }) => ROOT.test(field))
    .map(({ field, message }) => ({ field: field.replace(ROOT, ""), message: message.replace(/^Value error, /, "") }));
}
