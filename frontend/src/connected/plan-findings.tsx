import type { PlanProblem } from "@/api/contract";
import { mendedAt, type MendedAt } from "@/lib/mending";
import type { Remedy } from "@/lib/remedies";
import { LinkButton } from "@/ui/link";
import { PlanProblems } from "@/ui/plan-problems";
import { RemedyButton } from "./remedies";

interface PlanFindingsProps {
  problems: readonly PlanProblem[];
  application: string;
  /** The environment that the plan is for. */
  target: string;
  /** The environment whose images it brings, if there is one. */
  source: string | null;
  onRemedy: (remedy: Remedy) => void;
}

/** The problems of a plan of images, each with its remedy, or with the way to where it is mended. */
export function PlanFindings({ problems, onRemedy, ...where }: PlanFindingsProps) {
  return (
    <PlanProblems
      problems={problems}
      beside={({ code, remedy }) => {
        const at = mendedAt(code);
        return (
          <>
            {remedy ? <RemedyButton remedy={remedy} {...where} onChoose={onRemedy} /> : null}
            {at ? <MendingLink at={at} {...where} /> : null}
          </>
        );
      }}
    />
  );
}

type MendingLinkProps = Pick<PlanFindingsProps, "application" | "target" | "source"> & { at: MendedAt };

function MendingLink({ at, application, target, source }: MendingLinkProps) {
  const look = { size: "compact-xs", variant: "subtle" } as const;
  const page = { to: "/applications/$application", params: { application } } as const;
  switch (at) {
    case "drift":
      return (
        <LinkButton {...look} to="/drift">
          Accept or converge
        </LinkButton>
      );
    case "import":
      return (
        <LinkButton
          {...look}
          to="/applications/$application/import/$environment"
          params={{ application, environment: target }}
          search={{ from: source ?? undefined }}
        >
          Import into {target}
        </LinkButton>
      );
    case "delivery":
      return (
        <LinkButton {...look} {...page} search={{ environment: target }} hash="section-settings">
          Image delivery in {target}
        </LinkButton>
      );
    case "owners":
      return (
        <LinkButton {...look} {...page} search={{ environment: target }} hash="section-workload-owners">
          Workload owners in {target}
        </LinkButton>
      );
    case "registries":
      return (
        <LinkButton {...look} to="/registries">
          Registries
        </LinkButton>
      );
    case "environments":
      return (
        <LinkButton {...look} to="/environments">
          Image mappings of {target}
        </LinkButton>
      );
    case "restart":
      return (
        <LinkButton {...look} {...page} search={{ environment: target, restart: true }}>
          Restart in {target}
        </LinkButton>
      );
    case "source":
      return source === null ? null : (
        <LinkButton {...look} {...page} search={{ environment: source, restart: true }}>
          Restart in {source}
        </LinkButton>
      );
  }
}
