import { Outlet, useRouterState, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Icon, type IconName } from "@/ui/icons";
import { Wordmark } from "@/ui/wordmark";
import classes from "./shell.module.css";

const places: {
  to: "/applications" | "/environments" | "/clusters" | "/registries" | "/operations";
  label: string;
  icon: IconName;
}[] = [
  { to: "/applications", label: "Applications", icon: "grid" },
  { to: "/operations", label: "History", icon: "history" },
  { to: "/environments", label: "Environments", icon: "stages" },
  { to: "/clusters", label: "Clusters", icon: "server" },
  { to: "/registries", label: "Registries", icon: "box" },
];

/** The frame of every page: a bar with the name and the places, at a phone's width with the places below. */
export function Shell({ account }: { account: ReactNode }) {
  const busy = useRouterState({ select: (state) => state.status === "pending" });
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#content">
        Skip to the content
      </a>
      <header className={classes.bar}>
        <Link to="/applications" className={classes.brand} aria-label="Stagecoach, to the applications">
          <Wordmark />
        </Link>
        <nav className={classes.places} aria-label="Main">
          {places.map(({ to, label, icon }) => (
            <Link key={to} to={to} className={classes.place} activeProps={{ "aria-current": "page" }}>
              <Icon name={icon} />
              <span>{label}</span>
            </Link>
          ))}
        </nav>
        <div className={classes.account}>{account}</div>
        <div className={classes.progress} data-busy={busy || undefined} aria-hidden="true" />
      </header>
      <main id="content" tabIndex={-1} className={classes.content}>
        <Outlet />
      </main>
    </div>
  );
}
