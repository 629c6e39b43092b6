import { useQuery } from "@tanstack/react-query";
import { holdsQuery } from "@/api/gates";
import { holdsOf } from "@/lib/gates";
import { HoldBadge } from "@/ui/hold-badge";

interface HoldMarkProps {
  /** Null: what the environment as a whole is under. */
  application: string | null;
  environment: string;
}

/** That automation leaves a place alone, in a row of a table. Nothing where nothing is held. */
export function HoldMark({ application, environment }: HoldMarkProps) {
  const { data } = useQuery(holdsQuery);
  const [hold] = holdsOf(data ?? [], environment, application);
  return hold ? <HoldBadge hold={hold} /> : null;
}
