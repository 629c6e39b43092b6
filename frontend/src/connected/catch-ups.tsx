import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { catchUpsQuery } from "@/api/catch-ups";
import { Icon } from "@/ui/icons";
import classes from "./closed-gates.module.css";

/** What clusters of an environment missed, and whether they get it when they answer. Nothing where they missed nothing. */
export function CatchUps({ application, environment }: { application: string; environment: string }) {
  const { data } = useQuery(catchUpsQuery(application));
  const here = data?.filter((each) => each.environment === environment) ?? [];
  if (here.length === 0) return null;
  return (
    <ul className={classes.gates} aria-label={`What clusters of ${environment} missed`}>
      {here.map(({ operation, sentence, hindrance }) => (
        <li key={operation} className={classes.gate} data-kind={hindrance === null ? "hold" : "freeze"}>
          <Icon name="clock" size={14} />
          <div>
            <p>{sentence}</p>
            <p>
              <Link to="/operations/$operation" params={{ operation }}>
                Open the operation
              </Link>
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
