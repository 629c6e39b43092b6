import { useClosedGates } from "@/api/gates";
import type { OperationKind } from "@/api/contract";
import { gatesFor } from "@/lib/gates";
import { RightButton, type RightButtonProps } from "./right-button";

interface ChangeButtonProps extends Omit<RightButtonProps, "at" | "gates"> {
  application: string;
  /** Where something is changed. */
  environment: string;
  kind: OperationKind;
}

/** A button that leads to a change of an application in an environment. It says beforehand which gates are closed for it. */
export function ChangeButton({ application, environment, kind, ...button }: ChangeButtonProps) {
  const gates = gatesFor(useClosedGates(application, environment), kind);
  return <RightButton {...button} at={{ application, environment }} gates={gates} />;
}
